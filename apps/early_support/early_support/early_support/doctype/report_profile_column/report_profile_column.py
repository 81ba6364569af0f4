from early_support.workflow_guard.document import OwnedRow


class ReportProfileColumn(OwnedRow):
	"""One column of a report profile."""
