"""Who looked at a child's records: what the Privacy Officer answers a guardian (703/2023, 11 §; within 2 months)."""

from collections.abc import Iterable
from datetime import date, datetime, time, timedelta
from zoneinfo import ZoneInfo

import frappe
from frappe import _
from frappe.query_builder import Order
from frappe.utils import cint, get_datetime, get_system_timezone, getdate, nowdate

from early_support.access import grounds, policy
from early_support.exceptions import FilterNotUnderstood
from early_support.privacy import find, reads, rights
from early_support.privacy.append_only import LOG

REPORT = "Who Looked"

# Of a search for a child.
SHORTEST = 2
MOST_CHILDREN = 20


@frappe.whitelist()
def find_children(txt: str = "") -> list[dict]:
	"""Return the children whose name begins with `txt`, for the report's filter: [{value, label, description}].

	The Privacy Officer sees no case document, so this gives only names, birth year and unit, of the children of whom he or
	she is in charge in some register. What was found is logged. Fewer than two letters find nothing. A child that was
	destroyed is found by its code alone, if the log has readings of it in an own register.

	Raises:
		frappe.PermissionError: the session's user works as no Privacy Officer today.
	"""
	_require_officer()
	words = txt.strip()
	if len(words) < SHORTEST:
		return []
	start = words.replace("\\", "\\\\").replace("%", "\\%").replace("_", "\\_") + "%"
	rows = rights.find_children(
		"""last_name like %(start)s or first_names like %(start)s
		or concat(first_names, ' ', last_name) like %(start)s or name = %(name)s""",
		{"start": start, "name": words},
		MOST_CHILDREN,
	)
	find.note_found(rows, REPORT)
	if not rows and _is_destroyed(code := words.upper()) and _logged_for(code):
		return [{"value": code, "label": code, "description": _("Destroyed")}]
	titles = unit_titles({row.unit for row in rows if row.unit})
	return [
		{
			"value": row.name,
			"label": f"{row.first_names} {row.last_name}",
			"description": ", ".join(
				str(part)
				for part in (row.birth_date and getdate(row.birth_date).year, titles.get(row.unit))
				if part
			),
		}
		for row in rows
	]


def read_filters(filters: dict | None) -> tuple[dict, date, date]:
	"""Return the child (name, label, family, registers) and the first and last day of the report.

	`registers`: the controllers of whose records the readings are shown. Of a child that was destroyed the label is its code.

	Raises:
		FilterNotUnderstood: no child, a child of which the officer is not in charge, or days the wrong way round.
		frappe.PermissionError: the session's user works as no Privacy Officer today.
	"""
	filters = frappe._dict(filters or {})
	_require_officer()
	child = _child(str(filters.child or ""))
	if not child:
		frappe.throw(_("Please choose a child from those that the search finds."), FilterNotUnderstood)
	try:
		last = getdate(filters.to_date or nowdate())
		first = getdate(filters.from_date or last - timedelta(days=365))
	except (ValueError, TypeError, frappe.ValidationError):
		frappe.throw(_("The period is not understood."), FilterNotUnderstood)
	if first > last:
		frappe.throw(_("The period ends before it begins."), FilterNotUnderstood)
	return child, first, last


def rows(child: dict, first: date, last: date) -> list[dict]:
	"""Return what the log has on the child and on its family, newest first, and log that it was read.

	Days are days of the site's time zone. A family's own record concerns each of its children.
	"""
	# The rows name documents, and show nothing of them.
	rights.note_named("Child", child.name, min(child.registers), REPORT, reads.REPORT, whole=True)
	table = frappe.qb.DocType(LOG)
	own = table.controller.isin(sorted(child.registers))
	concerned = (table.child == child.name) & own
	if child.family:
		of_family = (table.family == child.family) & table.child.isnull()
		# The family's own record stands in the register of the child's unit, and names no controller.
		concerned |= of_family & ((own | table.controller.isnull()) if child.is_of_unit else own)
	found = (
		frappe.qb.from_(table)
		.select(
			table.read_at,
			table.user,
			table.roles,
			table.document_type,
			table.document_name,
			table.unit,
			table.channel,
			table.ground,
			table.refused,
			table.detail,
			table.works_in,
		)
		.where(concerned)
		.where(table.read_at >= _utc(first))
		.where(table.read_at < _utc(last + timedelta(days=1)))
		.orderby(table.name, order=Order.desc)
		# Nobody has a right to the log itself; who gets here was checked in read_filters.
		.run(as_dict=True)
	)
	names = _full_names({row.user for row in found})
	units = unit_titles({row.unit for row in found})
	works = _Workplaces(found)
	return [
		{
			**row,
			"read_at": _local(row.read_at),
			"full_name": names.get(row.user, row.user),
			"works_in": works.named(row.works_in) or works.on(row.user, _local(row.read_at).date()),
			"roles": ", ".join(_(role) for role in row.roles.split(", ")) if row.roles else "",
			"document_type": _(row.document_type),
			"unit": units.get(row.unit, row.unit),
			"channel": channel_label(row.channel),
			"ground": ground_label(row.ground),
			"refused": cint(row.refused),
		}
		for row in found
	]


def _require_officer() -> None:
	# Administrator, who may maintain everything, has no children to answer for.
	if frappe.session.user == "Administrator":
		raise frappe.PermissionError
	rights.require_officer()


def _child(code: str) -> dict | None:
	"""Return the child of which the session's user answers for some readings; None for any other, and for none at all."""
	# Unfiltered by role: the officer has none on Child.
	fields = ["name", "first_names", "last_name", "family", "unit", "controller"]
	child = frappe.db.get_value("Child", {"name": code}, fields, as_dict=True)
	in_charge = rights.registers("Child", code)
	registers = in_charge | _logged_for(code)
	if not registers:
		return None
	if not child:
		return frappe._dict(name=code, label=code, registers=registers, **_last_family(code, registers))
	return frappe._dict(
		name=child.name,
		# Of whom somebody else is in charge by now, only the code is known that was asked for.
		label=f"{child.first_names} {child.last_name}" if in_charge else code,
		family=child.family,
		registers=registers,
		is_of_unit=child.unit in rights.officer_units(),
	)


def _is_destroyed(code: str) -> bool:
	return not frappe.db.exists("Child", {"name": code})


def _logged_for(code: str) -> frozenset[str]:
	"""Return the officer's registers in which the log has readings of a child, there or destroyed by now."""
	own = rights.officer_registers()
	if not own or not code:
		return frozenset()
	filters = {"code": code, "own": tuple(own)}
	# Nobody has a right to the log itself: names of controllers only, and only those for whom the user answers.
	return frozenset(
		frappe.db.sql_list(
			f"select distinct controller from `tab{LOG}` where child = %(code)s and controller in %(own)s",
			filters,
		)
	)


def _last_family(code: str, registers: frozenset[str]) -> dict:
	"""Return the family of a child that was destroyed, and whether one of the registers was that of its unit, by the log."""
	rows = frappe.db.sql(
		f"""select family from `tab{LOG}` where child = %(code)s and controller in %(own)s and family is not null
		and document_type in %(of_unit)s and ifnull(ground, '') != %(officer)s order by name desc limit 1""",
		{
			"code": code,
			"own": tuple(registers),
			"of_unit": ("Child", *policy.OF_UNITS),
			"officer": policy.PRIVACY_OFFICER,
		},
	)
	return {"family": rows[0][0] if rows else None, "is_of_unit": bool(rows)}


def ground_label(ground: str | None) -> str:
	"""Return a ground in words; the name of a grant stays as it is."""
	labels = {
		policy.UNIT_STAFF: _("Works in the child's unit"),
		policy.LIAISON: _("Liaison person of the unit"),
		policy.OWN_PERIOD: _("Counsellor of the support period"),
		policy.OWN_REFERRAL: _("Receives the referral"),
		policy.OWN_ASSESSMENT: _("Assesses the need for services"),
		policy.NEEDS_ASSESSMENT: _("Assesses the need of a child of the family"),
		policy.OWN_RELATIONSHIP: _("Own worker of the client relationship"),
		policy.OWN_CLIENT: _("Own worker of the child"),
		policy.OWN_REGISTER: _("Works for the register controller"),
		policy.NEW_FAMILY: _("Entered the family"),
		policy.SUPPORT_PERIOD: _("Works with the family in a support period"),
		policy.CLIENT_RELATIONSHIP: _("Works with the family in a client relationship"),
		policy.BREAK_GLASS: _("Opened in an emergency"),
		policy.PRIVACY_OFFICER: _("Privacy Officer's duty"),
		grounds.ADMINISTRATOR: _("Maintenance account"),
	}
	return labels.get(ground, ground or "")


def channel_label(channel: str) -> str:
	"""Return a channel of reads.CHANNELS in words."""
	labels = {
		reads.FORM: _("Form"),
		reads.LIST: _("List"),
		reads.SEARCH: _("Search result"),
		reads.REPORT: _("Report"),
		reads.PRINT: _("Printout"),
		reads.FILE: _("File"),
		reads.EXPORT: _("Data export"),
		reads.BREAK_GLASS: _("Break glass"),
		reads.START_PAGE: _("Start page"),
		reads.OVERVIEW: _("Overview"),
		reads.INTERFACE: _("Interface"),
	}
	return labels.get(channel, channel)


def unit_titles(units: Iterable[str]) -> dict[str, str]:
	"""Return {unit: title}. Titles of units are no secret."""
	found = frappe.get_all(
		"Day Care Unit", filters={"name": ("in", [*units, ""])}, fields=["name", "title"], as_list=True
	)
	return dict(found)


class _Workplaces:
	"""Where each reader of some rows of the log works, as the log has it; for rows from before it noted that, by day."""

	def __init__(self, found: Iterable[dict]):
		users = {row.user for row in found}
		noted = {place for row in found for place in _places(row.works_in)}
		# Unfiltered: where somebody worked is part of the answer (10 §: who).
		self.rows = frappe.get_all(
			"Staff Assignment",
			filters={"user": ("in", [*users, ""])},
			fields=["user", "unit", "service_area", "controller", "from_date", "to_date"],
			order_by="from_date asc, name asc",
		)
		self.titles = unit_titles({*noted, *(row.unit for row in self.rows if row.unit)})
		for doctype, field in (("Service Area", "service_area"), ("Register Controller", "controller")):
			names = [*noted, *{row[field] for row in self.rows if row[field]}, ""]
			found = frappe.get_all(
				doctype, filters={"name": ("in", names)}, fields=["name", "title"], as_list=True
			)
			self.titles |= dict(found)

	def named(self, noted: str | None) -> str:
		return ", ".join(self.titles.get(place, place) for place in _places(noted))

	def on(self, user: str, day: date) -> str:
		places = [
			row.unit or row.service_area or row.controller
			for row in self.rows
			if row.user == user and row.from_date <= day and (not row.to_date or row.to_date >= day)
		]
		return ", ".join(dict.fromkeys(self.titles.get(place, place) for place in places))


def _places(noted: str | None) -> list[str]:
	return noted.split(", ") if noted else []


def _full_names(users: Iterable[str]) -> dict[str, str]:
	# Unfiltered, like _Workplaces.
	found = frappe.get_all(
		"User", filters={"name": ("in", [*users, ""])}, fields=["name", "full_name"], as_list=True
	)
	return dict(found)


def _utc(day: date) -> datetime:
	"""Return when `day` begins here, in UTC as the log has it."""
	here = datetime.combine(day, time.min, ZoneInfo(get_system_timezone()))
	return here.astimezone(ZoneInfo("UTC")).replace(tzinfo=None)


def _local(moment: datetime) -> datetime:
	"""Return a time of the log as a time of the site."""
	aware = get_datetime(moment).replace(tzinfo=ZoneInfo("UTC"))
	return aware.astimezone(ZoneInfo(get_system_timezone())).replace(tzinfo=None)
