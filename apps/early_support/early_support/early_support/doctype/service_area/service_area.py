from frappe.model.document import Document

from early_support.access import assignments
from early_support.access.denormalise import follow_area
from early_support.access.doors import users
from early_support.forms import lists


class ServiceArea(Document):
	"""An area of day care units under one area director."""

	def validate(self) -> None:
		lists.check_code(self)
		users.check_administrator(self)
		users.check_not_moved_to_oneself(self)

	def on_update(self) -> None:
		if self.has_value_changed("controller"):
			follow_area(self)
		assignments.forget()
