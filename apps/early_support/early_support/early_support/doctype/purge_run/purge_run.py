from frappe.model.document import Document

from early_support.casework.titles import people_of, tell_names
from early_support.privacy import rights

COLUMNS = ("document_type", "controller", "unit", "due", "destroyed", "held", "kept")


class PurgeRun(Document):
	"""What was destroyed, or would be: when, by whom, under which rules, how much. Written by privacy/purge.py.

	The numbers are of all registers. So no role has a right to their columns, and a form is given those of the registers
	for which its reader answers.
	"""

	def onload(self) -> None:
		"""Give the form the counts of the reader's own registers, and the name of whoever started it."""
		tell_names(people_of(self))
		is_own = rights.own_places()
		own = [row for row in self.counts if is_own(row.controller, row.unit)]
		self.set_onload("counts", [{column: row.get(column) for column in COLUMNS} for row in own])
