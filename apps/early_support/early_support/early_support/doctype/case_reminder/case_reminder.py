from frappe.model.document import Document


class CaseReminder(Document):
	"""Of what somebody has been reminded already (reminders.py)."""
