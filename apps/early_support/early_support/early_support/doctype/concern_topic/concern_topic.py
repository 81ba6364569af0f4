from early_support.forms.lists import ListRecord


class ConcernTopic(ListRecord):
	"""What a concern, a consultation or a visit is about."""
