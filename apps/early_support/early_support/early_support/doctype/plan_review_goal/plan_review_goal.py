from early_support.workflow_guard.document import CaseRow
from early_support.workflow_guard.guard import refuse_own_save


class PlanReviewGoal(CaseRow):
	"""One goal as the plan had it, and how it went."""

	# A review is done with what became of each goal.
	RULED = ("outcome", "note")

	def validate(self):
		refuse_own_save(self)
