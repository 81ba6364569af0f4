from early_support.workflow_guard.document import CaseRow


class ConsentRecipient(CaseRow):
	"""A service to which something may be told."""
