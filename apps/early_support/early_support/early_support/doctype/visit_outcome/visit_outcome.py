from early_support.forms.lists import ListRecord


class VisitOutcome(ListRecord):
	"""How early-support family work ended (domain.md §2.6)."""
