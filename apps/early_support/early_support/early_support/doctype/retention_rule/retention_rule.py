from frappe.model.document import Document

from early_support.workflow_guard.guard import refuse_own_save


class RetentionRule(Document):
	"""How long documents of one doctype are kept after they ended."""

	def validate(self):
		refuse_own_save(self)

	def on_trash(self):
		refuse_own_save(self)
