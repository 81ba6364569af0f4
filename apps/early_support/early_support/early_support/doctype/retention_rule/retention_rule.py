from frappe.model.document import Document


class RetentionRule(Document):
	"""How long documents of one doctype are kept after they ended."""
