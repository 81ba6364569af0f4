"""The calendar on the screen, and last season's calendar taken into a new one."""

import datetime
import json

import frappe
from frappe import _
from frappe.utils import cint, get_time, getdate

from early_support.casework.clock import today
from early_support.exceptions import GuardNotMet
from early_support.season import core, rights

# Each unit adapts the ways to itself (domain.md §3, 1953-1956): what it did is where it begins. What has to be agreed on
# anew (the theme), what was and who convened it are not taken along.
COPIED = ("kind", "from_time", "to_time", "place", "activity")
COPIED_OF_SLOT = ("from_time", "to_time", "places")
CANCELLED = "Cancelled"


@frappe.whitelist()
def get_events(start: str, end: str, filters: str | list | None = None) -> list[dict]:
	"""Return the events between two days for Frappe's calendar, with the kind in the user's language.

	Everything is read with the user's own permissions; `filters` are those of the calendar.
	"""
	conditions = json.loads(filters) if isinstance(filters, str) else (filters or [])
	conditions = [*conditions, ["Unit Event", "event_date", "between", [getdate(start), getdate(end)]]]
	events = frappe.get_list(
		"Unit Event",
		filters=conditions,
		fields=["name", "unit", "kind", "event_date", "from_time", "to_time", "state"],
		order_by="event_date asc",
		limit_page_length=0,
	)
	titles = {doctype: _titles(doctype) for doctype in ("Unit Event Kind", "Day Care Unit")}
	return [
		{
			"name": event.name,
			"title": f"{_(titles['Unit Event Kind'][event.kind])}, {titles['Day Care Unit'][event.unit]}",
			"start": _moment(event.event_date, event.from_time),
			"end": _moment(event.event_date, event.to_time or event.from_time),
			"allDay": event.from_time is None,
			"state": event.state,
		}
		for event in events
	]


@frappe.whitelist(methods=["POST"])
def copy_last_season(unit: str, season: str) -> dict:
	"""Plan in `season` what the unit planned or held in the season before, on the same days of the week.

	What lies in the past is left out, and so is a kind of which as many are there already, so that it can be done again
	and by two people at once. Returns {"made": number, "left_out": number}.

	Raises:
		frappe.PermissionError: the user does not work in the unit.
		GuardNotMet: the season is none, or over.
	"""
	if not (frappe.has_permission("Unit Event", "create") and rights.may_write(unit)):
		raise frappe.PermissionError
	source = _season_before(season)
	# One after the other; the reads below are locking ones, which see what the other has stored.
	frappe.db.get_value("Day Care Unit", unit, "name", for_update=True)
	there = _stored(unit, season)
	made, left_out = 0, 0
	copied = {event.copied_from for event in there}
	number = _count(there)
	old = [event for event in _stored(unit, source) if event.state != CANCELLED]
	wanted = _count(old)
	# Not filtered by permission: which kinds there are is no secret to whoever plans.
	offered = set(frappe.get_all("Unit Event Kind", filters={"disabled": 0}, pluck="name"))
	for event in sorted(old, key=lambda event: (event.event_date, event.name)):
		day = core.a_year_later(event.event_date)
		is_there = event.name in copied or number.get(event.kind, 0) >= wanted[event.kind]
		if is_there or day < today() or event.kind not in offered:
			left_out += 1
			continue
		_copy(event.name, day)
		number[event.kind] = number.get(event.kind, 0) + 1
		made += 1
	return {"made": made, "left_out": left_out}


def _copy(name: str, day: datetime.date) -> None:
	old = frappe.get_doc("Unit Event", name)
	values = {field: old.get(field) for field in COPIED}
	slots = [{field: slot.get(field) for field in COPIED_OF_SLOT} for slot in old.slots]
	event = frappe.get_doc(
		{"doctype": "Unit Event", "unit": old.unit, "event_date": day, **values, "slots": slots}
	)
	event.flags.copied_from = name
	event.flags.is_copied = True
	event.insert()


def _season_before(season: object) -> str:
	try:
		source = core.before(season if isinstance(season, str) else "")
	except ValueError:
		frappe.throw(_("A season is written as 2026-2027."), GuardNotMet)
	if core.last_day(season) < today():
		frappe.throw(_("This season is over. Please choose a later one."), GuardNotMet)
	return source


def _stored(unit: str, season: str) -> list[frappe._dict]:
	# Locking, and of a unit in which the user works.
	return frappe.db.sql(
		"""select name, kind, event_date, state, copied_from from `tabUnit Event`
		where unit = %(unit)s and season = %(season)s for update""",
		{"unit": unit, "season": season},
		as_dict=True,
	)


def _count(events: list[frappe._dict]) -> dict[str, int]:
	number: dict[str, int] = {}
	for event in events:
		if event.state != CANCELLED:
			number[event.kind] = number.get(event.kind, 0) + 1
	return number


def _titles(doctype: str) -> dict[str, str]:
	return dict(frappe.get_list(doctype, fields=["name", "title"], as_list=True, limit_page_length=0))


def _moment(day: datetime.date, time: datetime.timedelta | None) -> str:
	if time is None:
		return day.isoformat()
	seconds = cint(time.total_seconds())
	return datetime.datetime.combine(day, get_time(f"{seconds // 3600}:{seconds // 60 % 60}:00")).isoformat(
		" "
	)
