from early_support.casework.shapes import ShapedValues
from early_support.workflow_guard.document import CaseRow


class ConcernTopicItem(ShapedValues, CaseRow):
	"""One topic of a concern, a consultation or a visit."""
