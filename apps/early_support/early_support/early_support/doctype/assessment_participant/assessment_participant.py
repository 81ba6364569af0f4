from early_support.workflow_guard.document import CaseRow
from early_support.workflow_guard.guard import refuse_own_save


class AssessmentParticipant(CaseRow):
	"""Who takes part in a needs assessment: a role, a name, and how to reach the person."""

	def validate(self):
		refuse_own_save(self)
