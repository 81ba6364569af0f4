from frappe.model.document import Document


class FamilyGuardian(Document):
	"""A guardian of the family's children, and how to reach him or her."""
