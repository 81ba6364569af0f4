from early_support.workflow_guard.document import OwnedRow


class PurgeCount(OwnedRow):
	"""How many documents of a doctype and unit were due, destroyed or kept."""
