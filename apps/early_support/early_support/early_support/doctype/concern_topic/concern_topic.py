from frappe.model.document import Document

from early_support.forms import lists


class ConcernTopic(Document):
	"""What a concern, a consultation or a visit is about."""

	def before_validate(self) -> None:
		lists.trim_titles(self)

	def validate(self) -> None:
		lists.check_code(self)

	def on_update(self) -> None:
		lists.keep_translations(self)

	def on_trash(self) -> None:
		lists.forget_translations(self)
