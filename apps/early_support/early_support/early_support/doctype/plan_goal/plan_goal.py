from early_support.workflow_guard.document import CaseRow


class PlanGoal(CaseRow):
	"""One goal of a support plan: its steps, who is responsible, by when."""
