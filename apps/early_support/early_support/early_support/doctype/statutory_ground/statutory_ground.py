from early_support.forms.lists import ListRecord


class StatutoryGround(ListRecord):
	"""A section of law on which a referral may stand without consent."""
