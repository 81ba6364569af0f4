from early_support.workflow_guard.document import OwnedRow


class CodeMapRow(OwnedRow):
	"""One pair of codes, and the days between which it holds."""
