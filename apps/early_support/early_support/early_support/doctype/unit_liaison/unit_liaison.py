from frappe.model.document import Document


class UnitLiaison(Document):
	"""A liaison person of a unit, named on one side of the co-operation (domain.md §1, yhdyshenkilö)."""
