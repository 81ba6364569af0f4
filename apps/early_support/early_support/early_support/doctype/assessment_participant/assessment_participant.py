from early_support.workflow_guard.document import CaseRow


class AssessmentParticipant(CaseRow):
	"""Who takes part in a needs assessment: a role, a name, and how to reach the person."""
