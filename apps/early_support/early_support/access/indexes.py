"""Indexes for the lists of casework, whose rows are chosen by unit or area and sorted by the day of the last change.

With them a page is read in order and the reading ends with the page; without them every row of the unit is read and
sorted. How much is read, measures `./es benchmark list count`.
"""

import frappe

from early_support.access import policy

# Each is for one kind of list: of a unit; of a unit in one stage; in one stage, for who works in many units.
LISTS = (
	("unit", "modified"),
	("unit", "workflow_state", "modified"),
	("workflow_state", "modified"),
)
# The same for who works in the units of one area. MariaDB reads the rows of one value in order, and those of several
# values it reads all and sorts.
LISTS_OF_AREAS = (
	("service_area", "modified"),
	("service_area", "workflow_state", "modified"),
)
# For the number beside a list: it begins with the children, and finds in the index all that it asks of their casework.
COUNT = ("child", "unit", "service_area")


def index_lists(doctype: str) -> None:
	"""Add the indexes for the lists of a case doctype. For its `on_doctype_update`."""
	for fields in LISTS:
		frappe.db.add_index(doctype, list(fields))
	if doctype in policy.OF_UNITS:
		for fields in LISTS_OF_AREAS:
			frappe.db.add_index(doctype, list(fields))
	# Those which their unit decides are about no child.
	if doctype in policy.OF_UNITS and doctype not in policy.UNIT_DECIDES:
		frappe.db.add_index(doctype, list(COUNT))


def index_children() -> None:
	"""Add the index by which the children are found who are in a unit today."""
	frappe.db.add_index("Child", ["unit", "left_on"])


def index_families() -> None:
	"""Add the index by which the families are found that a user has made (policy.NEW_FAMILY)."""
	frappe.db.add_index("Family", ["owner"])
