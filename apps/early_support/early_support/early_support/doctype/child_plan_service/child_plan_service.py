from early_support.workflow_guard.document import CaseRow


class ChildPlanService(CaseRow):
	"""A service about which a family is asked, its answer, and the answer of last time (domain.md §4, 1560-1564)."""

	# The answer of the guardians, and what they permit.
	RULED = ("answer", "permission", "worker")
