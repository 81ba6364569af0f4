from frappe.model.document import Document

from early_support.privacy.append_only import AppendOnly, index_log


class CaseAccessLog(AppendOnly, Document):
	"""One record of people or casework that somebody was shown, or refused (design.md §4 calls it Access Log).

	Frappe has an Access Log of its own, of exports and prints. Its links are plain texts: the log outlives what it
	names, and stands in the way of no deletion.
	"""


def on_doctype_update() -> None:
	index_log()
