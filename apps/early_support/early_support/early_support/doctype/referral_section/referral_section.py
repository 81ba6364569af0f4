from early_support.workflow_guard.document import CaseRow


class ReferralSection(CaseRow):
	"""A part of what is known that is told with a referral."""
