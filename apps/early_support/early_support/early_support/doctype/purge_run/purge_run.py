from frappe.model.document import Document


class PurgeRun(Document):
	"""What was destroyed, or would be: when, by whom, under which rules, how much. Written by privacy/purge.py."""
