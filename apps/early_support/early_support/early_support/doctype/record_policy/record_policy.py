from frappe.model.document import Document


class RecordPolicy(Document):
	"""What a register controller stores of guidance without a client relationship, since when, and who says so."""
