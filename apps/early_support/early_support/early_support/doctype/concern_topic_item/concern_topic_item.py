from early_support.casework.shapes import ShapedValues
from early_support.workflow_guard.document import CaseRow
from early_support.workflow_guard.guard import refuse_own_save


class ConcernTopicItem(ShapedValues, CaseRow):
	"""One topic of a concern, a consultation or a visit."""

	def validate(self):
		refuse_own_save(self)
