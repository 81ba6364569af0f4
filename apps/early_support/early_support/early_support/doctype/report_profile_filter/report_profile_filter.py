from frappe.model.document import Document


class ReportProfileFilter(Document):
	"""One filter of a report profile."""
