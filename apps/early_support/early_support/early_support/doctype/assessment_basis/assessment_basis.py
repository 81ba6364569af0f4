from early_support.forms.lists import ListRecord


class AssessmentBasis(ListRecord):
	"""On what a needs assessment is based: a section of law, or the way the need was noticed."""
