from early_support.forms.lists import ListRecord


class AssessmentOutcome(ListRecord):
	"""What a needs assessment leads to, and whether that needs a decision (domain.md §3, 611-614)."""
