from early_support.workflow_guard.document import OwnedRow


class UnitLiaison(OwnedRow):
	"""A liaison person of a unit, named on one side of the co-operation (domain.md §1, yhdyshenkilö)."""
