"""Indexes for the lists of casework, whose rows are chosen by unit and sorted by the day of the last change.

With them a page is read in order and the reading ends with the page; without them every row of the unit is read and
sorted. How much is read, measures `./es benchmark list`.
"""

import frappe

# Each is for one kind of list: of a unit; of a unit in one stage; in one stage, for who works in many units.
LISTS = (
	("unit", "modified"),
	("unit", "workflow_state", "modified"),
	("workflow_state", "modified"),
)


def index_lists(doctype: str) -> None:
	"""Add the indexes for the lists of a case doctype. For its `on_doctype_update`."""
	for fields in LISTS:
		frappe.db.add_index(doctype, list(fields))


def index_families() -> None:
	"""Add the index by which the families are found that a user has made (policy.NEW_FAMILY)."""
	frappe.db.add_index("Family", ["owner"])
