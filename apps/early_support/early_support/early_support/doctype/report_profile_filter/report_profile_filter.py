from early_support.workflow_guard.document import OwnedRow


class ReportProfileFilter(OwnedRow):
	"""One filter of a report profile."""
