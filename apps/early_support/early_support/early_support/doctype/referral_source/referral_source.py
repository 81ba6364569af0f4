from early_support.forms.lists import ListRecord


class ReferralSource(ListRecord):
	"""From where a family came to early support (domain.md §6)."""
