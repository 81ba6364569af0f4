from early_support.workflow_guard.document import CaseRow
from early_support.workflow_guard.guard import refuse_own_save


class VisitParticipant(CaseRow):
	"""Who takes part in a visit: a role and a number, no names."""

	def validate(self):
		refuse_own_save(self)
