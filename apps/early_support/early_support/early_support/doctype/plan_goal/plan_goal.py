from early_support.workflow_guard.document import CaseRow
from early_support.workflow_guard.guard import refuse_own_save


class PlanGoal(CaseRow):
	"""One goal of a support plan: its steps, who is responsible, by when."""

	def validate(self):
		refuse_own_save(self)
