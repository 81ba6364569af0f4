from early_support.workflow_guard.document import CaseRow


class AssessmentService(CaseRow):
	"""A service that the child needs, and when it was started if it did not have to wait."""

	RULED = ("started_on",)
