from early_support.workflow_guard.document import CaseRow
from early_support.workflow_guard.guard import refuse_own_save


class AssessmentService(CaseRow):
	"""A service that the child needs, and when it was started if it did not have to wait."""

	RULED = ("started_on",)

	def validate(self):
		refuse_own_save(self)
