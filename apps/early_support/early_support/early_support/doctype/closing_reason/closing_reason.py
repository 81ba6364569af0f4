from early_support.forms.lists import ListRecord


class ClosingReason(ListRecord):
	"""Why a concern was closed."""
