from early_support.workflow_guard.document import CaseRow
from early_support.workflow_guard.guard import refuse_own_save


class FamilyGuardian(CaseRow):
	"""A guardian of the family's children, and how to reach him or her."""

	def validate(self) -> None:
		refuse_own_save(self)
