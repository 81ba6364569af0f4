"""Reads what the reports count, and which season, register controller and area they are asked about.

Counts every record of a register controller, whoever asks, past Frappe's row permissions: the figures of a municipality need
all of its units. Nothing but codes, days and stages is read, and nothing of a single record leaves this room: the reports get
what figures/protect.py has left.
"""

import datetime
from dataclasses import dataclass

import frappe
from frappe import _
from frappe.utils import cint

from early_support.access import assignments
from early_support.casework.clock import today
from early_support.exceptions import FilterNotUnderstood
from early_support.export import monthly
from early_support.export.period import Month, months_between
from early_support.season import core

# Of no season before were there figures.
FIRST_YEAR = 2000
FILTERS = ("season", "controller", "service_area")
# Who sees the figures of the social services, as far as he or she works for their register controller. Nobody of a unit.
SOCIAL_ROLES = ("Management Group", "Reporting Officer", "Family Counsellor", "Social Worker")


@dataclass(frozen=True)
class Asked:
	"""What a report is asked: a season until the end of its last full month, of one register controller each.

	`area` narrows what is shown, and never what is counted. `last` lies before `first` if no month of the season is over.
	"""

	season: str
	first: datetime.date
	last: datetime.date
	controllers: tuple[str, ...]
	area: str | None = None
	compare: bool = False

	@property
	def months(self) -> list[Month]:
		"""The months that are counted."""
		first, last = (Month(day.year, day.month) for day in (self.first, self.last))
		return months_between(first, last)

	def before(self) -> "Asked":
		"""The whole season before, to compare with."""
		return _asked(core.before(self.season), self.controllers, self.area)


@dataclass(frozen=True)
class Place:
	"""A register controller with its areas, and the units of each: codes and titles."""

	controller: str
	title: str
	areas: dict[str, str]
	area_of: dict[str, str]

	def sole(self) -> dict[str, str]:
		"""Return the areas of a single unit, each with it: whoever works there knows the area's figures."""
		units: dict[str, list[str]] = {}
		for unit, area in self.area_of.items():
			units.setdefault(area, []).append(unit)
		return {area: names[0] for area, names in units.items() if len(names) == 1}


def read_filters(values: object, roles: tuple[str, ...] = ()) -> Asked:
	"""Understand the filters of a report: season, controller, service_area, compare.

	Without a season: that of the last full month. Only register controllers for whom the user works are counted; with `roles`
	those for whom he or she works in one of these.

	Raises:
		FilterNotUnderstood: one of them makes no sense, or is not the user's.
	"""
	compare = values.get("compare") if isinstance(values, dict) else None
	if not isinstance(compare or 0, int | str):
		frappe.throw(_("The filter “{0}” is not understood.").format("compare"), FilterNotUnderstood)
	values = monthly.plain_filters(values, FILTERS)
	season = values.get("season") or core.season_of(_last_full_month(today()))
	if not _is_season(season):
		frappe.throw(_("A season is written as 2026-2027."), FilterNotUnderstood)
	own = _controllers_of_roles(roles) if roles else monthly.controllers_of(frappe.session.user)
	controller, area = values.get("controller"), values.get("service_area")
	if controller and controller not in own:
		frappe.throw(
			_("“{0}” is not a register controller that you work for.").format(
				frappe.bold(monthly.escape(controller))
			),
			FilterNotUnderstood,
		)
	controllers = (controller,) if controller else own
	if area and frappe.db.get_value("Service Area", area, "controller") not in (controllers or ("",)):
		frappe.throw(
			_("There is no such service area: {0}").format(monthly.escape(area)), FilterNotUnderstood
		)
	return _asked(season, controllers, area, compare=bool(cint(compare)))


def places(asked: Asked) -> list[Place]:
	"""Return the register controllers that are counted, with their areas and units."""
	# Not filtered by permission: which areas and units there are is no secret, and all of them belong to the whole.
	return [_place(controller) for controller in asked.controllers]


def titles(doctype: str) -> dict[str, str]:
	"""Return the records of a list of the administrators with their titles in the user's language, in their order."""
	suffix = {"fi": "", "sv": "_sv"}.get((frappe.local.lang or "")[:2], "_en")
	# Not filtered by permission: lists that all staff may read.
	rows = frappe.get_all(
		doctype,
		fields=["name", "title", f"title{suffix} as own"],
		order_by="sort_order asc, name asc",
		limit=0,
	)
	return {row.name: row.own or row.title for row in rows}


# What is counted ---------------------------------------------------------------------------------------------------------


def concerns(controller: str, asked: Asked) -> list[frappe._dict]:
	"""Concerns that were raised: unit, child, raised_on, zone_group, workflow_state, met_on (None: there is no day of a meeting).

	Where the day of the meeting was not entered, it is the one on which the parents agreed to it.
	"""
	return _rows(
		"""select concern.unit, concern.child, concern.raised_on, zone.zone_group, concern.workflow_state,
			case when concern.workflow_state in ('Meeting Agreed', 'Urgent', 'Closed')
				then coalesce(concern.meeting_on, concern.agreed_on) end as met_on
		from `tabConcern` concern
		inner join `tabDay Care Unit` unit on unit.name = concern.unit
		left join `tabWorry Zone` zone on zone.name = concern.zone
		where unit.controller = %(controller)s and concern.workflow_state != 'Draft'
			and concern.raised_on between %(first)s and %(last)s""",
		controller,
		asked,
	)


def consultations(controller: str, asked: Asked) -> list[frappe._dict]:
	"""Consultations that were asked for: unit, requested_on, answered_on (None: not answered by now)."""
	return _rows(
		"""select consultation.unit, date(consultation.requested_on) as requested_on,
			date(consultation.answered_on) as answered_on
		from `tabConsultation` consultation
		inner join `tabDay Care Unit` unit on unit.name = consultation.unit
		where unit.controller = %(controller)s
			and consultation.requested_on >= %(first)s and consultation.requested_on < %(after)s""",
		controller,
		asked,
	)


def periods(controller: str, asked: Asked) -> list[frappe._dict]:
	"""Support periods that ended, or that the family ended: unit, child, ended_on, outcome, workflow_state, visits held.

	Also those of which only a figure is kept (recording/turn.py): they ended in its month. Whose period it was, nobody knows
	any more: each stands for a child of its own, but for those of a child who is counted in that unit and month already,
	who stand for nobody.
	"""
	return _rows(
		"""select kept.unit,
			if(kept.children, kept.name, null) as child, kept.outcome,
			if(kept.event = 'tukijakso_paattynyt', 'Ended', 'Withdrawn') as workflow_state,
			kept.month as ended_on, kept.visits
		from `tabGuidance Count` kept
		inner join `tabDay Care Unit` unit on unit.name = kept.unit
		where unit.controller = %(controller)s and kept.month between %(first)s and %(last)s
			and kept.event in ('tukijakso_paattynyt', 'tukijakso_peruttu')
		union all
		select period.unit, period.child, period.outcome, period.workflow_state,
			if(period.workflow_state = 'Ended', period.ended_on, period.withdrawn_on) as ended_on,
			(select count(*) from `tabVisit` visit
				where visit.support_period = period.name and visit.workflow_state = 'Held') as visits
		from `tabSupport Period` period
		inner join `tabDay Care Unit` unit on unit.name = period.unit
		where unit.controller = %(controller)s and (
			(period.workflow_state = 'Ended' and period.ended_on between %(first)s and %(last)s)
			or (period.workflow_state = 'Withdrawn' and period.withdrawn_on between %(first)s and %(last)s))""",
		controller,
		asked,
	)


def relationships_begun(controller: str, asked: Asked) -> list[frappe._dict]:
	"""Client relationships that started: source, child, own_worker, workflow_state, ending_reason."""
	return _rows(
		"""select source, child, own_worker, workflow_state, ending_reason from `tabClient Relationship`
		where controller = %(controller)s and workflow_state in ('Active', 'Ended')
			and started_on between %(first)s and %(last)s""",
		controller,
		asked,
	)


def relationships_ended(controller: str, asked: Asked) -> list[frappe._dict]:
	"""Client relationships that ended: tier, child, own_worker, their length in days and in full months."""
	return _rows(
		"""select tier, child, own_worker, datediff(ended_on, started_on) as days,
			timestampdiff(month, started_on, ended_on) as months
		from `tabClient Relationship`
		where controller = %(controller)s and workflow_state = 'Ended' and ended_on between %(first)s and %(last)s""",
		controller,
		asked,
	)


def _rows(query: str, controller: str, asked: Asked) -> list[frappe._dict]:
	values = {"controller": controller, "first": asked.first, "last": asked.last}
	return frappe.db.sql(query, {**values, "after": asked.last + datetime.timedelta(days=1)}, as_dict=True)


# What is asked -----------------------------------------------------------------------------------------------------------


def _is_season(text: str) -> bool:
	try:
		return core.begins(text) >= FIRST_YEAR
	except ValueError:
		return False


def _asked(season: str, controllers: tuple[str, ...], area: str | None, compare: bool = False) -> Asked:
	first = datetime.date(core.begins(season), core.FIRST_MONTH, 1)
	last = min(core.last_day(season), _last_full_month(today()))
	return Asked(season, first, last, tuple(controllers), area, compare)


def _last_full_month(day: datetime.date) -> datetime.date:
	"""Return the last day of the month before. What is counted until then does not change from day to day."""
	return day.replace(day=1) - datetime.timedelta(days=1)


def _controllers_of_roles(roles: tuple[str, ...]) -> tuple[str, ...]:
	user = frappe.session.user
	if user == "Administrator":
		return monthly.controllers_of(user)
	return tuple(sorted(assignments.controllers_of(user, roles)))


def _place(controller: str) -> Place:
	areas = frappe.get_all(
		"Service Area",
		filters={"controller": controller},
		fields=["name", "title"],
		order_by="title asc, name asc",
		limit=0,
	)
	units = frappe.get_all(
		"Day Care Unit", filters={"controller": controller}, fields=["name", "service_area"], limit=0
	)
	return Place(
		controller=controller,
		title=frappe.db.get_value("Register Controller", controller, "title"),
		areas={area.name: area.title for area in areas},
		area_of={unit.name: unit.service_area for unit in units},
	)
