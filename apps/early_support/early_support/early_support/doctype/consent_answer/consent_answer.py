from early_support.workflow_guard.document import CaseRow


class ConsentAnswer(CaseRow):
	"""What one guardian says."""
