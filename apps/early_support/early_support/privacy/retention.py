"""Reads what the pure core of retention judges: the rules of the Settings, the holds in force, and whole families."""

import datetime
from collections.abc import Iterator

import frappe
from frappe.utils import getdate

from early_support.access.denormalise import final_states
from early_support.privacy.retention_core import Hold, Item, Judgement, Key, Rule, judge

SETTINGS = "Early Support Settings"

# Families, or consultations, that are read at a time.
PAGE = 200

# The casework about a child → the fields with the document that it belongs to, of which the first that is filled in
# counts: a document comes after that one.
BELONGS_TO = {
	"Concern": ("child",),
	"Support Period": ("concern",),
	"Visit": ("support_period",),
	"Cooperation Consent": ("child",),
	"Referral": ("consent", "child"),
	"Child Plan": ("child",),
	"Network Meeting": ("concern", "child"),
	"Network Meeting Filing": ("child",),
	"Needs Assessment": ("child",),
	"Client Relationship": ("child",),
	"Support Plan": ("client_relationship",),
	"Plan Review": ("support_plan",),
}

# What is filed for a register controller is kept as its controller rules, and does not need what it was made from. Its
# time begins with the end of that, or, once that is destroyed, with the day of the last filing.
MADE_FROM = {"Network Meeting Filing": "network_meeting"}

# The days on which a case document ends; the latest counts. What is not named here ends with what it belongs to.
END_DAYS = {
	"Concern": ("closed_on",),
	"Consultation": ("closed_on",),
	"Support Period": ("ended_on", "declined_on", "withdrawn_on"),
	"Cooperation Consent": ("declined_on", "withdrawn_on", "ended_on"),
	"Referral": ("closed_on", "withdrawn_on"),
	"Child Plan": ("superseded_on", "discontinued_on"),
	"Network Meeting": ("closed_on", "declined_on", "withdrawn_on"),
	"Needs Assessment": ("ready_on", "withdrawn_on"),
	"Client Relationship": ("ended_on", "withdrawn_on"),
}

# What is in force until the child leaves: nobody has to end it by hand then (domain.md §3, 840: a plan as long as the child
# is in day care), and from that day on nobody in the unit can. Doctype → the states in which somebody else still works on it.
ENDS_WITH_CHILD = {
	"Concern": (),
	"Cooperation Consent": (),
	"Referral": ("Joint Contact", "Accepted"),
	"Child Plan": (),
	"Network Meeting": (),
}

# Nothing here is filtered by the reader's permission: retention looks at everything, and gives on only opaque names,
# units and days. Whoever calls decides who may see these (Purge Preview), or is a job.


def read_rules(settings=None) -> tuple[Rule, ...]:
	"""Return the rules of the stored Settings, or of the document `settings`."""
	settings = settings or frappe.get_doc(SETTINGS)
	return tuple(
		Rule(row.document_type, (row.years or 0) * 12 + (row.months or 0), row.controller or None)
		for row in settings.retention_rules
	)


def read_held(today: datetime.date) -> frozenset[Hold]:
	"""Return the children and families that a legal hold keeps today, and in which register; both its days included."""
	rows = frappe.get_all(
		"Legal Hold",
		filters={"from_date": ("<=", today)},
		or_filters=[["to_date", "is", "not set"], ["to_date", ">=", today]],
		fields=["subject_type", "subject", "controller"],
	)
	return frozenset((row.subject_type, row.subject, row.controller or None) for row in rows)


def judge_all(rules: tuple[Rule, ...], today: datetime.date) -> Iterator[list[Judgement]]:
	"""Judge everything, page by page in constant memory: families with all that belongs to them, then consultations."""
	held = read_held(today)
	for names in _pages("Family"):
		yield judge(read_families(names), rules, held, today)
	for names in _pages("Consultation"):
		yield judge(read_consultations(names), rules, held, today)


def read_families(names: list[str]) -> list[Item]:
	"""Return the families, their children, and the casework about these."""
	families = frappe.get_all("Family", filters={"name": ("in", names)}, fields=["name", "modified"])
	children = frappe.get_all(
		"Child",
		filters={"family": ("in", names)},
		fields=["name", "family", "controller", "unit", "left_on"],
	)
	items = [Item("Family", row.name, ends_on=getdate(row.modified)) for row in families]
	items += [
		Item("Child", row.name, row.controller, row.unit, row.left_on, ("Family", row.family))
		for row in children
	]
	if not children:
		return items
	of_children = {"child": ("in", [row.name for row in children])}
	left_on = {row.name: row.left_on for row in children}
	ends = {("Child", name): day for name, day in left_on.items()}
	for doctype, fields in BELONGS_TO.items():
		if doctype in END_DAYS:
			rows = _ended(doctype, of_children, *dict.fromkeys(("child", *fields)))
			for row in rows if doctype in ENDS_WITH_CHILD else ():
				row.ends_on = row.ends_on or _left_behind(doctype, row, left_on[row.child])
		elif doctype in MADE_FROM:
			rows = _filed(doctype, of_children, ends, *fields)
		else:
			rows = frappe.get_all(
				doctype, filters=of_children, fields=["name", "controller", "unit", *fields]
			)
			for row in rows:
				row.ends_on = ends.get(_above(doctype, row))
		ends |= {(doctype, row.name): row.ends_on for row in rows}
		items += [_item(doctype, row, _above(doctype, row)) for row in rows]
	return items


def _left_behind(doctype: str, row: dict, left_on: datetime.date | None) -> datetime.date | None:
	"""Return the day on which an open document ended with the child's time in day care; None while somebody works on it.

	Whoever could still write it, as a counsellor of the family, has done so: the day of the last change counts then. A plan
	is in force for the day care and no longer.
	"""
	if not left_on or row.workflow_state in ENDS_WITH_CHILD[doctype]:
		return None
	return left_on if doctype == "Child Plan" else max(getdate(left_on), getdate(row.modified))


def _above(doctype: str, row: dict) -> Key:
	"""Return the document to which a document of a child belongs."""
	field = next(field for field in BELONGS_TO[doctype] if row[field])
	return frappe.get_meta(doctype).get_field(field).options, row[field]


def _filed(doctype: str, filters: dict, ends: dict, *more: str) -> list[dict]:
	"""Read what was filed, with the day from which its time counts (MADE_FROM)."""
	field = MADE_FROM[doctype]
	made_from = frappe.get_meta(doctype).get_field(field).options
	fields = ["name", "controller", "unit", "filed_on", field, *more]
	rows = frappe.get_all(doctype, filters=filters, fields=fields)
	last: dict[str, datetime.date] = {}
	for row in rows:
		last[row[field]] = max(last.get(row[field], datetime.date.min), getdate(row.filed_on))
	for row in rows:
		key = (made_from, row[field])
		row.ends_on = ends[key] if key in ends else last[row[field]]
	return rows


def read_consultations(names: list[str]) -> list[Item]:
	"""Return consultations; they belong to nobody."""
	return [_item("Consultation", row, None) for row in _ended("Consultation", {"name": ("in", names)})]


def _pages(doctype: str) -> Iterator[list[str]]:
	last = ""
	while names := frappe.get_all(
		doctype, filters={"name": (">", last)}, order_by="name asc", limit=PAGE, pluck="name"
	):
		yield names
		last = names[-1]


def _ended(doctype: str, filters: dict, *more: str) -> list[dict]:
	"""Read documents with the day they ended: the one recorded, or else that of the last change.

	A state from which the municipality's Workflow leads on is no end, even if a day was recorded on the way.
	"""
	final = final_states(doctype)
	fields = ["name", "controller", "unit", "workflow_state", "modified", *END_DAYS[doctype], *more]
	rows = frappe.get_all(doctype, filters=filters, fields=fields)
	for row in rows:
		days = [getdate(row[field]) for field in END_DAYS[doctype] if row[field]]
		row.ends_on = max(days, default=getdate(row.modified)) if row.workflow_state in final else None
	return rows


def _item(doctype: str, row: dict, belongs_to: Key | None) -> Item:
	return Item(doctype, row.name, row.controller, row.unit, row.ends_on, belongs_to)
