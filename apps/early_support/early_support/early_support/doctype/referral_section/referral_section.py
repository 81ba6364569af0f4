from early_support.workflow_guard.document import CaseRow
from early_support.workflow_guard.guard import refuse_own_save


class ReferralSection(CaseRow):
	"""A part of what is known that is told with a referral."""

	def validate(self):
		refuse_own_save(self)
