from early_support.workflow_guard.document import CaseRow


class PlanReviewGoal(CaseRow):
	"""One goal as the plan had it, and how it went."""

	# A review is done with what became of each goal.
	RULED = ("outcome", "note")
