from early_support.forms.lists import ListRecord


class SharedSection(ListRecord):
	"""A part of what is known that guardians may allow to be told; casework/sharing.py fills those whose code it knows."""
