from early_support.forms.lists import ListRecord


class EndingReason(ListRecord):
	"""Why a client relationship ended."""
