from frappe.model.document import Document


class DayCareGroup(Document):
	"""A group of children in a unit, for an age."""
