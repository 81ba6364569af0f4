from frappe.model.document import Document

from early_support.workflow_guard.guard import refuse_own_save


class RecordPolicy(Document):
	"""What a register controller stores of guidance without a client relationship, since when, and who says so."""

	def validate(self):
		refuse_own_save(self)

	def on_trash(self):
		refuse_own_save(self)
