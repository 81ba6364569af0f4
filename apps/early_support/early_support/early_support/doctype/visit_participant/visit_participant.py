from early_support.workflow_guard.document import CaseRow


class VisitParticipant(CaseRow):
	"""Who takes part in a visit: a role and a number, no names."""
