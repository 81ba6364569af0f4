"""The monthly statistics (kuukausitilasto, domain.md §8): counts the events of the work, and gives what may be shown.

Counts every record, whoever asks, past Frappe's row permissions: figures of a municipality need all of its units. Beside
the cases stand the figures that are kept without one (Guidance Count).
Nothing but suppressed rows leaves this module. What is hidden is decided over the whole municipality and never depends
on the filters, so that two reports cannot be subtracted from each other.
"""

import datetime
from collections.abc import Callable, Iterable
from dataclasses import dataclass

import frappe
from frappe import _
from frappe.utils import cint

from early_support.access import assignments, policy
from early_support.exceptions import FilterNotUnderstood
from early_support.export.events import (
	EVENTS,
	GUIDANCE_COUNT,
	GUIDANCE_GIVEN,
	KEYS,
	SERVICE_IN_USE,
	Event,
)
from early_support.export.period import MOST_MONTHS, Month, months_between
from early_support.export.suppress import LEAST_THRESHOLD, REST, Cell, Published, suppress

COLUMNS = (
	"kunta",
	"hyvinvointialue",
	"toimipaikka_oid",
	"jakso_alku",
	"jakso_loppu",
	"tapahtumalaji",
	"lahde",
	"ikaryhma",
	"vyohyke_luokka",
	"lkm",
	"lapsia",
	"kesto_ka_pv",
	"lopputulos",
	"peitetty",
)
# Beside them what a profile of figures may have as a column: with it the services of the children's plans are counted, too.
SERVICE = "palvelu"
SOURCES = (*COLUMNS, SERVICE)
FILTERS = ("from_month", "to_month", "controller", "service_area", "unit")
# Stands for "not broken down by this". Breaking a small municipality down further would leave little to show.
ALL = "kaikki"
# Stands for the units whose figures are hidden, where a file shows them as one.
OTHERS = "muut"
DEFAULT_THRESHOLD = 5


@dataclass(frozen=True)
class Filters:
	"""What to show: months from `first` to `last`, of `controllers`, only `units` if given, with the services of plans if asked."""

	first: Month
	last: Month
	controllers: tuple[str, ...]
	units: frozenset[str] | None = None
	services: bool = False

	@property
	def months(self) -> list[Month]:
		return months_between(self.first, self.last)


@dataclass(frozen=True)
class Unit:
	name: str
	title: str
	oid: str
	controller: str
	municipality: str
	county: str


@dataclass(frozen=True)
class Counted:
	"""What was counted: `cells` hold every figure and never leave the export, `published` is what may be shown of them."""

	cells: list[Cell]
	published: list[Published]
	units: dict[str, Unit]


def count(filters: Filters, tell: Callable[[float], None] = lambda _share: None) -> Counted:
	"""Count the events, and decide over the whole municipality what may be shown.

	`tell` is called after each event with the share of them that is counted, 0 to 1.
	"""
	units = _units(filters.controllers)
	cells = _cells(filters, units, tell)
	return Counted(cells, suppress(cells, threshold()), units)


def rows(filters: Filters) -> list[dict]:
	"""The rows to show, by month, event and unit, the total of the municipality last.

	Each holds the COLUMNS, and beside them `unit` (None in the total) and `unit_title` for people to read.
	"""
	counted = count(filters)
	return rows_of(counted.published, counted.units, filters.units)


def rows_of(
	published: Iterable[Published], units: dict[str, Unit], only: frozenset[str] | None = None
) -> list[dict]:
	"""Write figures as rows, by month, event and unit, the rest (REST) and the total last; of `only` some units, if given."""
	published = list(published)
	order = {key: position for position, key in enumerate((*KEYS, SERVICE_IN_USE))}
	published.sort(
		key=lambda row: (
			row.group.month,
			order[row.group.event],
			row.group.service,
			row.group.controller,
			_unit_order(row, units),
		)
	)
	return [
		_row(entry, units) for entry in published if only is None or entry.unit is None or entry.unit in only
	]


def read_filters(values: object) -> Filters:
	"""Understand the filters of a report or a download: from_month, to_month, controller, service_area, unit.

	Without months: the last full month. Only full months are counted: of one that is running, two reports in a day would tell
	what has come in between. Only controllers of the user's own assignments are shown (all staff of a
	municipality see its suppressed figures); Administrator sees all. Raises FilterNotUnderstood.
	"""
	values = plain_filters(values, FILTERS)
	last_full = Month(*_today_month()).after(-1)
	first = _read_month(values.get("from_month"), _("From month")) or last_full
	last = _read_month(values.get("to_month"), _("To month")) or max(first, last_full)
	if first > last:
		frappe.throw(_("“From month” is later than “To month”."), FilterNotUnderstood)
	if first > last_full:
		frappe.throw(
			_(
				"{0} has not ended yet. Full months only are counted, so that nothing changes from day to day."
			).format(first),
			FilterNotUnderstood,
		)
	last = min(last, last_full)
	if len(months_between(first, last)) > MOST_MONTHS:
		frappe.throw(_("Please choose at most {0} months.").format(MOST_MONTHS), FilterNotUnderstood)
	own = controllers_of(frappe.session.user)
	controller = values.get("controller")
	if controller and controller not in own:
		frappe.throw(
			_("“{0}” is not a register controller that you work for.").format(
				frappe.bold(escape(controller))
			),
			FilterNotUnderstood,
		)
	controllers = (controller,) if controller else own
	return Filters(first, last, tuple(controllers), _read_units(values, controllers))


def controllers_of(user: str) -> tuple[str, ...]:
	"""The register controllers of the units in which `user` works today or is a liaison person."""
	if user == "Administrator":
		# Not filtered by permission: Administrator may see every controller.
		return tuple(frappe.get_all("Register Controller", pluck="name", order_by="name asc"))
	units = assignments.units_of(user, policy.STAFF_ROLES) | assignments.liaison_units(user)
	if not units:
		return ()
	# Not filtered by permission: the user's own assignments decide, and only codes of controllers are given.
	found = frappe.get_all("Day Care Unit", filters={"name": ["in", sorted(units)]}, pluck="controller")
	return tuple(sorted({name for name in found if name}))


def plain_filters(values: object, keys: Iterable[str]) -> dict[str, str]:
	"""Return the filters of these keys that are set. Only plain texts: anything else could become a condition of a query.

	Raises FilterNotUnderstood.
	"""
	values = values or {}
	if not isinstance(values, dict):
		frappe.throw(_("The filters are not understood."), FilterNotUnderstood)
	for key in keys:
		if values.get(key) and not isinstance(values[key], str):
			frappe.throw(_("The filter “{0}” is not understood.").format(key), FilterNotUnderstood)
	return {key: values[key].strip() for key in keys if values.get(key)}


def escape(value: object) -> str:
	"""Return what somebody has sent, so that a message can repeat it."""
	return frappe.utils.escape_html(str(value))


def threshold() -> int:
	"""Counts below this are hidden: a setting, never under 3."""
	value = cint(frappe.db.get_single_value("Early Support Settings", "suppression_threshold"))
	return max(LEAST_THRESHOLD, value or DEFAULT_THRESHOLD)


def column_labels() -> dict[str, str]:
	"""What the columns of figures are called, in the user's language."""
	return {
		"kunta": _("Municipality"),
		"hyvinvointialue": _("Wellbeing services county"),
		"toimipaikka_oid": _("Day care unit"),
		"jakso_alku": _("From"),
		"jakso_loppu": _("To"),
		"tapahtumalaji": _("Event"),
		"lahde": _("Referral source"),
		"ikaryhma": _("Age band"),
		"vyohyke_luokka": _("Zone group"),
		"lkm": _("Count"),
		"lapsia": _("Children"),
		"kesto_ka_pv": _("Mean duration (days)"),
		"lopputulos": _("Outcome"),
		"peitetty": _("Hidden"),
		SERVICE: _("Support Service"),
	}


def event_labels() -> dict[str, str]:
	"""What the events are called, in the user's language."""
	return {
		"huoli_otettu_esiin": _("Concern raised"),
		"huoli_puheeksi": _("Concern discussed with the parents"),
		"tapaaminen_ehdotettu": _("Joint meeting proposed"),
		"tapaaminen_sovittu": _("Joint meeting agreed"),
		"kiireellinen": _("Concern marked as urgent"),
		"konsultaatio_pyydetty": _("Consultation requested"),
		"konsultaatio_vastattu": _("Consultation answered"),
		"tukijakso_sovittu": _("Support period agreed"),
		"tukijakso_paattynyt": _("Support period ended"),
		"tukijakso_peruttu": _("Support period withdrawn"),
		"kaynti_pidetty": _("Visit held"),
		"kaynti_peruttu": _("Visit cancelled"),
		"kaynti_ei_saavuttu": _("Visit not attended"),
		GUIDANCE_GIVEN: _("Guidance given without a client relationship"),
		SERVICE_IN_USE: _("Service in use, by the child's plan"),
	}


@dataclass(frozen=True)
class Group:
	"""What is counted together: an event in a month of one register controller, and of one service if it is about one."""

	controller: str
	month: Month
	event: str
	service: str = ALL


def _cells(
	filters: Filters, units: dict[str, Unit], tell: Callable[[float], None] = lambda _share: None
) -> list[Cell]:
	first, last = filters.first.first, filters.last.last
	counted = []
	for number, event in enumerate(EVENTS, start=1):
		counted += [(event.key, record) for record in _count(event, first, last, units)]
		tell(number / len(EVENTS))
	counted += [(record.event, record) for record in _count_kept(first, last, units)]
	if filters.services:
		counted += [(SERVICE_IN_USE, record) for record in _count_services(first, last, units)]
	without_child = {event.key for event in EVENTS if not event.child} | {GUIDANCE_GIVEN}
	cells: dict[tuple[Group, str], Cell] = {}
	for key, record in counted:
		month = Month(cint(record.year), cint(record.month))
		group = Group(units[record.unit].controller, month, key, record.service or ALL)
		cell = Cell(
			group=group,
			unit=record.unit,
			count=cint(record.records),
			persons=None if key in without_child else cint(record.persons),
			days=cint(record.days),
			timed=cint(record.timed),
		)
		there = cells.get((group, record.unit))
		cells[group, record.unit] = there + cell if there else cell
	return sorted(cells.values(), key=lambda cell: cell.unit)


def _count(
	event: Event, first: datetime.date, last: datetime.date, units: Iterable[str]
) -> list[frappe._dict]:
	"""Count the records of one event by unit and month. Only names of the event table become part of the SQL."""
	units = tuple(units)
	if not units:
		return []
	days = f"datediff(date(`{event.day}`), date(`{event.since}`))" if event.since else "null"
	# A step that was taken out of order (an urgent concern skips some) has no duration.
	duration = f"case when {days} >= 0 then {days} end"
	conditions = [f"`{event.day}` >= %(first)s", f"`{event.day}` < %(after)s", "`unit` in %(units)s"]
	if event.states:
		conditions.append("`workflow_state` in %(states)s")
	if event.not_states:
		conditions.append("`workflow_state` not in %(not_states)s")
	return frappe.db.sql(
		f"""
		select `unit`, year(`{event.day}`) as `year`, month(`{event.day}`) as `month`, count(*) as `records`,
			{"count(distinct `child`)" if event.child else "null"} as `persons`,
			sum({duration}) as `days`, count({duration}) as `timed`
		from `tab{event.doctype}`
		where {" and ".join(conditions)}
		group by `unit`, year(`{event.day}`), month(`{event.day}`)
		""",
		{
			"first": first,
			"after": last + datetime.timedelta(days=1),
			"units": units,
			"states": event.states,
			"not_states": event.not_states,
		},
		as_dict=True,
	)


def _count_kept(first: datetime.date, last: datetime.date, units: Iterable[str]) -> list[frappe._dict]:
	"""Sum the figures that are kept without a case by event, unit and month."""
	units = tuple(units)
	if not units:
		return []
	return frappe.db.sql(
		f"""
		select `event`, `unit`, year(`month`) as `year`, month(`month`) as `month`, sum(`number`) as `records`,
			sum(`children`) as `persons`, sum(`days`) as `days`, sum(`timed`) as `timed`
		from `tab{GUIDANCE_COUNT}`
		where `month` between %(first)s and %(last)s and `unit` in %(units)s and `event` in %(events)s
		group by `event`, `unit`, year(`month`), month(`month`)
		""",
		{"first": first, "last": last, "units": units, "events": KEYS},
		as_dict=True,
	)


def _count_services(first: datetime.date, last: datetime.date, units: Iterable[str]) -> list[frappe._dict]:
	"""Count the plans confirmed in each month and unit that have a service as in use, whatever became of them since."""
	units = tuple(units)
	if not units:
		return []
	return frappe.db.sql(
		"""
		select plan.`unit`, row.`service`, year(plan.`confirmed_on`) as `year`, month(plan.`confirmed_on`) as `month`,
			count(*) as `records`, count(distinct plan.`child`) as `persons`
		from `tabChild Plan` plan
		join `tabChild Plan Service` row on row.`parent` = plan.`name` and row.`parenttype` = 'Child Plan'
		where plan.`confirmed_on` between %(first)s and %(last)s and plan.`unit` in %(units)s and row.`answer` = 'In Use'
		group by plan.`unit`, row.`service`, year(plan.`confirmed_on`), month(plan.`confirmed_on`)
		""",
		{"first": first, "last": last, "units": units},
		as_dict=True,
	)


def _units(controllers: tuple[str, ...]) -> dict[str, Unit]:
	if not controllers:
		return {}
	# Not filtered by permission: every unit of the municipality belongs to its total.
	codes = {
		record.name: record
		for record in frappe.get_all(
			"Register Controller",
			filters={"name": ["in", controllers]},
			fields=["name", "municipality_code", "county_code"],
		)
	}
	records = frappe.get_all(
		"Day Care Unit",
		filters={"controller": ["in", controllers]},
		fields=["name", "title", "unit_oid", "controller"],
		order_by="title asc, name asc",
	)
	return {
		record.name: Unit(
			name=record.name,
			title=record.title,
			# Until Varda has given an OID the unit goes by the municipality's own code.
			oid=record.unit_oid or record.name,
			controller=record.controller,
			municipality=codes[record.controller].municipality_code or "",
			county=codes[record.controller].county_code or "",
		)
		for record in records
	}


def _unit_order(entry: Published, units: dict[str, Unit]) -> tuple[int, int]:
	if entry.unit in (REST, None):
		return (2 if entry.unit is None else 1, 0)
	return (0, list(units).index(entry.unit))


def _row(entry: Published, units: dict[str, Unit]) -> dict:
	unit = units.get(entry.unit)
	place = unit or next(other for other in units.values() if other.controller == entry.group.controller)
	return {
		"kunta": place.municipality,
		"hyvinvointialue": place.county,
		"toimipaikka_oid": unit.oid if unit else OTHERS if entry.unit == REST else ALL,
		"jakso_alku": entry.group.month.first.isoformat(),
		"jakso_loppu": entry.group.month.last.isoformat(),
		"tapahtumalaji": entry.group.event,
		SERVICE: entry.group.service,
		"lahde": ALL,
		"ikaryhma": ALL,
		"vyohyke_luokka": ALL,
		"lkm": entry.count,
		"lapsia": entry.persons,
		"kesto_ka_pv": entry.mean_days,
		"lopputulos": ALL,
		"peitetty": int(entry.hidden),
		"unit": entry.unit,
		"unit_title": unit.title if unit else None,
	}


def _read_month(text: str | None, label: str) -> Month | None:
	if not text:
		return None
	try:
		return Month.parse(text)
	except ValueError:
		frappe.throw(
			_("“{0}” is a month such as 2026-10, not “{1}”.").format(label, escape(text)),
			FilterNotUnderstood,
		)


def _read_units(values: dict, controllers: Iterable[str]) -> frozenset[str] | None:
	area, unit = values.get("service_area"), values.get("unit")
	if not (area or unit):
		return None
	filters = {"controller": ["in", tuple(controllers) or ("",)]}
	if area:
		filters["service_area"] = area
	if unit:
		filters["name"] = unit
	# Not filtered by permission: names of units are no secret, and only suppressed rows are shown of them.
	found = frappe.get_all("Day Care Unit", filters=filters, pluck="name")
	if not found:
		frappe.throw(
			_("There is no such day care unit: {0}").format(escape(unit or area)), FilterNotUnderstood
		)
	return frozenset(found)


def _today_month() -> tuple[int, int]:
	today = frappe.utils.getdate()
	return today.year, today.month
