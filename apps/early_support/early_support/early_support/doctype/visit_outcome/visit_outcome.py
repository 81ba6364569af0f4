from frappe.model.document import Document

from early_support.forms import lists


class VisitOutcome(Document):
	"""How early-support family work ended (domain.md §2.6)."""

	def before_validate(self) -> None:
		lists.trim_titles(self)

	def validate(self) -> None:
		lists.check_code(self)

	def on_update(self) -> None:
		lists.keep_translations(self)

	def on_trash(self) -> None:
		lists.forget_translations(self)
