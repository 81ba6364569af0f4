from frappe.model.document import Document


class ReportProfileColumn(Document):
	"""One column of a report profile."""
