from early_support.workflow_guard.document import CaseRow


class ConsentSection(CaseRow):
	"""A part of what is known that may be told."""
