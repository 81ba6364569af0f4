from early_support.workflow_guard.document import OwnedRow


class DayCareGroup(OwnedRow):
	"""A group of children in a unit, for an age."""
