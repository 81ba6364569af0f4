from early_support.forms.lists import ListRecord


class SupportService(ListRecord):
	"""A service which a family may use, from the maternity clinic to home service (domain.md §4)."""
