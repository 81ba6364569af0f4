from early_support.workflow_guard.document import CaseRow
from early_support.workflow_guard.guard import refuse_own_save


class ChildPlanGoal(CaseRow):
	"""A goal of a child's plan: what, how the staff act, by when."""

	# A plan is confirmed with both.
	RULED = ("staff_action", "by_when")

	def validate(self):
		refuse_own_save(self)
