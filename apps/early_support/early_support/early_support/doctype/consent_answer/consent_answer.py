from early_support.workflow_guard.document import CaseRow
from early_support.workflow_guard.guard import refuse_own_save


class ConsentAnswer(CaseRow):
	"""What one guardian says."""

	def validate(self):
		refuse_own_save(self)
