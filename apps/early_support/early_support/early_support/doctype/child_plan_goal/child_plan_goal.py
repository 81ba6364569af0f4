from early_support.workflow_guard.document import CaseRow


class ChildPlanGoal(CaseRow):
	"""A goal of a child's plan: what, how the staff act, by when."""

	# A plan is confirmed with both.
	RULED = ("staff_action", "by_when")
