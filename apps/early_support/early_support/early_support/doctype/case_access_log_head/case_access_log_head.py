from frappe.model.document import Document

from early_support.privacy.append_only import AppendOnly


class CaseAccessLogHead(AppendOnly, Document):
	"""The only row of this doctype: the end of the access log, locked while rows are added (privacy/log.py)."""
