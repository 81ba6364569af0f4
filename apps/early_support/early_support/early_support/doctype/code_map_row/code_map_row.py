from frappe.model.document import Document


class CodeMapRow(Document):
	"""One pair of codes, and the days between which it holds."""
