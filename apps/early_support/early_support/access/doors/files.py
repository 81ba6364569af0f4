"""The file on a case document: downloaded only by those to whom the document is open."""

import frappe
from frappe.core.doctype.file.file import File

from early_support.access.doors import notes


class CaseFile(File):
	"""A File whose download asks the same rules as the rest: Frappe's asks only itself, which knows the uploader."""

	def is_downloadable(self) -> bool:
		"""Tell whether the session's user may download the file."""
		return not notes.is_closed(self, frappe.session.user) and super().is_downloadable()
