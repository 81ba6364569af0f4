from frappe.model.document import Document


class PurgeCount(Document):
	"""How many documents of a doctype and unit were due, destroyed or kept."""
