from frappe.model.document import Document


class DemoRecord(Document):
	"""A record that the demo municipality made, so that exactly these are removed again (demo/ledger.py)."""
