from early_support.workflow_guard.document import CaseRow
from early_support.workflow_guard.guard import refuse_own_save


class ConsentRecipient(CaseRow):
	"""A service to which something may be told."""

	def validate(self):
		refuse_own_save(self)
