from early_support.forms.lists import ListRecord


class ContactMethod(ListRecord):
	"""How a talk with the parents took place."""
