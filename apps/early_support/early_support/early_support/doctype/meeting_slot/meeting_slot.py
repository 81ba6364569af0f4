from frappe.model.document import Document


class MeetingSlot(Document):
	"""A time of an event that families book (domain.md §3, 1510-1515). Who has booked it is not written down."""
