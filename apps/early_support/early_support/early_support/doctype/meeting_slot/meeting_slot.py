from early_support.workflow_guard.document import OwnedRow


class MeetingSlot(OwnedRow):
	"""A time of an event that families book (domain.md §3, 1510-1515). Who has booked it is not written down."""
