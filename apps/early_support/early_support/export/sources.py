"""Where the rows of a profile come from: the events of the work, or the records behind one of them. Reads codes and days.

Reads every record of a register controller, whoever asks, past Frappe's row permissions: only what export/classes.py lets
out leaves, and only to a file.
"""

import datetime
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import NamedTuple

import frappe
from frappe import _

from early_support.access import policy
from early_support.export import classes, replica
from early_support.export.classes import RECORD, DataClass, Field
from early_support.export.columns import AgeBand, band_of
from early_support.export.events import EVENTS, FORMS, GUIDANCE_COUNT, KEYS, Event
from early_support.export.faults import Fault, Refused
from early_support.export.filters import Filter
from early_support.forms.lists import LIST_DOCTYPES

# What a row tells of a unit, where it tells of none.
NO_UNIT = dict.fromkeys(("unit_oid", "unit_type", "provider_type", "service_area"))

# What never leaves in rows.
CLOSED = (DataClass.IDENTIFIER, DataClass.FREE_TEXT)

# So many values of a list stand in a preview.
EXAMPLES = 4

# So many rows are read at a time.
PAGE = 5_000
# Stands between the values of a column, in a text that holds a page of them; no field can be typed to hold it.
_BETWEEN = "\x1f"

# What every row has, whatever it comes from.
_COMMON = {
	"name": (RECORD, DataClass.RECORD),
	"event": (Field("event", "Select"), DataClass.ATTRIBUTE),
	"day": (Field("day", "Date"), DataClass.INDIRECT),
	"unit": (Field("unit", "Link", "Day Care Unit"), DataClass.INDIRECT),
	"unit_oid": (Field("unit_oid", "Link", "Day Care Unit"), DataClass.INDIRECT),
	"unit_type": (Field("unit_type", "Select"), DataClass.INDIRECT),
	"provider_type": (Field("provider_type", "Select"), DataClass.INDIRECT),
	"service_area": (Field("service_area", "Link", "Service Area"), DataClass.INDIRECT),
	"municipality": (Field("municipality", "Select"), DataClass.INDIRECT),
	"county": (Field("county", "Select"), DataClass.INDIRECT),
	"age_band": (Field("age_band", "Link", "Age Band"), DataClass.INDIRECT),
	"zone_group": (Field("zone_group", "Select"), DataClass.ATTRIBUTE),
	"source": (Field("source", "Link", "Referral Source"), DataClass.ATTRIBUTE),
	"outcome": (Field("outcome", "Link", "Visit Outcome"), DataClass.ATTRIBUTE),
	"days": (Field("days", "Int"), DataClass.FIGURE),
	"number": (Field("number", "Int"), DataClass.FIGURE),
}
# Those that the unit tells, not the record.
_OF_UNIT = ("unit_oid", "unit_type", "provider_type", "service_area")

# The doctype → the SQL of what is not a column of it.
_EXTRAS = {
	"Concern": {"zone_group": "zone.zone_group"},
	"Consultation": {"age_band": "t.age_band"},
	"Support Period": {"source": "t.source", "outcome": "t.outcome"},
	"Visit": {"source": "period.source"},
}
# Alias → the table that it stands for, and how a record is joined to it.
_JOINED = {
	"child": "left join `tabChild` child on child.name = t.child",
	"zone": "left join `tabWorry Zone` zone on zone.name = t.zone",
	"period": "left join `tabSupport Period` period on period.name = t.support_period",
}

# The types of which the text of a value becomes a whole number.
_WHOLE_TYPES = frozenset({"Check", "Int", "Long Int"})

# The age in full months, as export/columns.py counts it; who is not born yet is in no band.
MONTHS = "if({born} > {day}, -1, timestampdiff(month, {born}, {day}))"

# What every record has, beside what was asked for: its day, form, event and unit, the child, and how many it stands for
# without one.
ALWAYS = ("day", "doctype", "event", "unit", "person", "people")


@dataclass(frozen=True)
class Asked:
	"""Which rows are asked for, and what of them (names of fields_of). `event` is None for all of them."""

	controller: str
	first: datetime.date
	last: datetime.date
	event: str | None = None
	sources: tuple[str, ...] = ()


class Page(NamedTuple):
	"""Rows as they come from the database: which table of the reader's they are of, and each column of them as one text.

	The server puts a column together and Python takes it apart, both in one go: reading them row by row takes six times
	as long.
	"""

	table: int
	rows: int
	texts: dict[str, str]


def fields_of(event: str | None) -> dict[str, tuple[Field, DataClass | None]]:
	"""Return what the columns of a profile may be filled from: name → the field, and its class if it is one of ours."""
	found: dict[str, tuple[Field, DataClass | None]] = dict(_COMMON)
	chosen = _event(event)
	if chosen is None:
		return found
	shipped = _shipped_fields(chosen.doctype)
	for df in frappe.get_meta(chosen.doctype).fields:
		if df.fieldname not in found and df.fieldtype not in frappe.model.no_value_fields:
			field = _field(df, bool(df.get("is_custom_field")))
			before = shipped.get(df.fieldname)
			is_closed = before and classes.class_of(before, LIST_DOCTYPES) in CLOSED
			found[df.fieldname] = (before if is_closed else field, None)
	return found


def _shipped_fields(doctype: str) -> dict[str, Field]:
	"""Return the fields of a form as they were shipped.

	Whoever gives one another type in Customize Form opens nothing by that: what was written before stays in it.
	"""
	# Not filtered by permission: what a form asks is no secret.
	rows = frappe.get_all(
		"DocField",
		filters={"parent": doctype, "parenttype": "DocType"},
		fields=["fieldname", "fieldtype", "options"],
	)
	return {row.fieldname: _field(row) for row in rows}


def _field(df, is_custom: bool = False) -> Field:
	return Field(df.fieldname, df.fieldtype, df.options if df.fieldtype == "Link" else None, is_custom)


def form_of(event: str | None) -> str | None:
	"""Return the doctype of which the records of an event are, None for all events."""
	chosen = _event(event) if event else None
	return chosen.doctype if chosen else None


def offered_of(event: str | None) -> dict[str, str]:
	"""Return the sources that may leave in rows, and what each is called, in the user's language."""
	chosen = _event(event)
	labels = {df.fieldname: df.label for df in frappe.get_meta(chosen.doctype).fields} if chosen else {}
	called = _called()
	return {
		name: called.get(name) or _(labels.get(name) or name)
		for name, (field, own) in fields_of(event).items()
		if tells(field, own, None) not in CLOSED
	}


def _called() -> dict[str, str]:
	"""What is called, in the user's language, what every row has."""
	return {
		"name": _("Record"),
		"event": _("Event"),
		"day": _("Day of the event"),
		"unit": _("Unit"),
		"unit_oid": _("Unit OID"),
		"unit_type": _("Unit type"),
		"provider_type": _("Provider type"),
		"service_area": _("Service area"),
		"municipality": _("Municipality code"),
		"county": _("Wellbeing services county code"),
		"age_band": _("Age band"),
		"zone_group": _("Zone group"),
		"source": _("Referral source"),
		"outcome": _("Outcome"),
		"days": _("Duration (days)"),
		"number": _("Count"),
	}


def examples_of(event: str | None) -> dict[str, list[str]]:
	"""Return some values of the sources that hold one of a few: codes of a list, or what a form offers. None is a record's."""
	chosen, found = _event(event), {}
	for name, (field, _own) in fields_of(event).items():
		if field.target in LIST_DOCTYPES:
			# Not filtered by permission: lists of the administrators, which all of the staff read.
			found[name] = frappe.get_all(field.target, pluck="name", order_by="name asc", limit=EXAMPLES)
		elif chosen and (df := frappe.get_meta(chosen.doctype).get_field(name)) and df.fieldtype == "Select":
			found[name] = [option for option in (df.options or "").split("\n") if option][:EXAMPLES]
	found["event"] = [chosen.key] if chosen else list(KEYS[:EXAMPLES])
	return found


def tells(field: Field, own: DataClass | None, said: str | None) -> DataClass:
	"""Return what a field of a source tells about a person. `said`: what the profile says of a custom one."""
	chosen = next((each for each in classes.CLASSIFIABLE if each.value == said), None)
	return own or classes.class_of(field, LIST_DOCTYPES, chosen)


def bands() -> list[AgeBand]:
	"""Return the age bands in use. Not filtered by permission: a list of the administrators, which all of the staff read."""
	rows = frappe.get_all(
		"Age Band",
		filters={"disabled": 0},
		fields=["name", "from_months", "to_months"],
		order_by="from_months",
	)
	return [AgeBand(row.name, row.from_months, row.to_months) for row in rows]


@contextmanager
def snapshot(run=None) -> Iterator:
	"""Give a connection of its own that sees the database as it is at this moment, until the block ends, and only reads.

	It is to the read replica, if the site has one; of that, it sees no moment before the one at which `run` was stored.

	Raises:
		NotNow: DATABASE_LOST, REPLICA_BEHIND.
	"""
	with replica.losses_named(of_replica=replica.is_configured()):
		connection = replica.connect()
		try:
			with connection.cursor() as cursor:

				def begin() -> None:
					cursor.execute("start transaction with consistent snapshot, read only")

				def select(query: str, values: tuple) -> object:
					cursor.execute(query, values)
					return cursor.fetchone()[0]

				cursor.execute("set session transaction isolation level repeatable read")
				begin()
				if run and replica.is_configured():
					replica.wait_for_run(run, select, begin)
			yield connection
		finally:
			connection.close()


def _event(key: str | None) -> Event | None:
	return next((event for event in (*EVENTS, *FORMS) if event.key == key), None)


@dataclass(frozen=True)
class _Table:
	"""The records in which an event counts, or the figures that are kept without a case.

	`columns` are what is read of each (name → SQL), `reads` what makes a value of the text of those that are no text, `same`
	what is the same for all of them.
	"""

	doctype: str
	columns: dict[str, str]
	reads: dict[str, Callable[[str], object]]
	same: dict[str, object]
	conditions: tuple[str, ...]
	values: dict[str, tuple[str, ...]]

	def query(self) -> str:
		"""Return the SQL of a page: the rows in the order of their names, after the last name of the page before.

		By the primary key: another index (of the state) would lead from each row of it to another place of the table.
		Only names of the event table and fields of the form become part of it; a field was found in the form's meta.
		"""
		selected = ", ".join(f"{sql} as `{name}`" for name, sql in self.columns.items())
		joins = " ".join(join for alias, join in _JOINED.items() if f"{alias}." in selected)
		where = " and ".join((*self.conditions, "t.name > %(after_name)s"))
		# A value that is not there would be passed over, and those after it move up.
		texts = ", ".join(
			f"group_concat(ifnull(`{name}`, '') separator '{_BETWEEN}')" for name in self.columns
		)
		return (
			f"select count(*), max(name), {texts} from ("
			f"select {selected} from `tab{self.doctype}` t force index (primary) {joins} where {where} order by t.name limit {PAGE}"
			") page"
		)


class Reader:
	"""Reads what was asked for in pages, and makes records of them."""

	def __init__(self, asked: Asked) -> None:
		self.asked = asked
		self.units, self.place = _places(asked.controller)
		self._bands = bands()
		self._fields = {name: field for name, (field, _own) in fields_of(asked.event).items()}
		events = EVENTS if asked.event is None else (_event(asked.event),)
		self.tables = [self._of_event(event) for event in events]
		if asked.event is None:
			self.tables.append(self._of_kept())

	def pages(self, connection) -> Iterator[Page]:
		"""Read the pages, one at a time."""
		values = {
			"first": self.asked.first,
			"last": self.asked.last,
			"after": self.asked.last + datetime.timedelta(days=1),
			"controller": self.asked.controller,
			"units": tuple(self.units) or ("",),
		}
		with connection.cursor() as cursor:
			# Longer than any page.
			cursor.execute("set session group_concat_max_len = 1073741824")
			for number, table in enumerate(self.tables):
				query, last, rows = table.query(), "", PAGE
				while rows == PAGE:
					cursor.execute(query, {**values, **table.values, "after_name": last})
					rows, last, *texts = cursor.fetchone()
					if rows:
						yield Page(number, rows, dict(zip(table.columns, texts, strict=True)))

	def records(self, page: Page, names: Iterable[str]) -> dict[str, list]:
		"""Return the rows of a page: name → the values, of `names` (some of what was asked for) and of ALWAYS."""
		table = self.tables[page.table]
		units = _values(table, page, "unit")
		found: dict[str, list] = {}
		for name in dict.fromkeys((*ALWAYS, *names)):
			if name == "unit":
				found[name] = units
			elif name in self.place:
				found[name] = [self.place[name]] * page.rows
			elif name in _OF_UNIT:
				known = {unit: self.units.get(unit, NO_UNIT)[name] for unit in dict.fromkeys(units)}
				found[name] = [known[unit] for unit in units]
			elif name in table.same:
				found[name] = [table.same[name]] * page.rows
			else:
				found[name] = _values(table, page, name)
		return found

	def kept(self, page: Page, filters: Sequence[Filter]) -> Page:
		"""Return the rows of a page that every filter takes."""
		if not filters:
			return page
		values = self.records(page, [each.source for each in filters])
		taken = [
			at for at in range(page.rows) if all(each.takes(values[each.source][at]) for each in filters)
		]
		table = self.tables[page.table]
		texts = {name: _texts(table, page, name) for name in page.texts}
		return Page(
			page.table,
			len(taken),
			{name: _BETWEEN.join(each[at] for at in taken) for name, each in texts.items()},
		)

	def _of_event(self, event: Event) -> _Table:
		"""Return the records in which an event counts, as export/monthly.py counts them."""
		day = f"date(t.`{event.day}`)"
		has = _EXTRAS.get(event.doctype, {})
		reads: dict[str, Callable[[str], object]] = {}
		if event.since:
			days = f"datediff({day}, date(t.`{event.since}`))"
			# A step that was taken out of order has no duration.
			has = {**has, "days": f"if({days} >= 0, {days}, null)"}
		if event.child:
			has = {**has, "person": "t.child", "age_band": MONTHS.format(born="child.birth_date", day=day)}
			reads["age_band"] = lambda months: band_of(int(months), self._bands)
		lacks = dict.fromkeys(("person", "zone_group", "source", "outcome", "age_band", "days"))
		same = {**lacks, "doctype": event.doctype, "event": event.key, "number": 1, "people": 1}
		conditions = [f"t.`{event.day}` >= %(first)s", f"t.`{event.day}` < %(after)s"]
		# What is kept apart from the register of the units belongs to whoever does the work, and tells of no unit.
		kept_apart = policy.is_kept_apart(event.doctype)
		conditions.append("t.controller = %(controller)s" if kept_apart else "t.unit in %(units)s")
		if kept_apart:
			has = {**has, "unit": "null"}
		if event.states:
			conditions.append("t.workflow_state in %(states)s")
		if event.not_states:
			conditions.append("t.workflow_state not in %(not_states)s")
		return self._table(
			event.doctype,
			{"day": day, **has},
			reads,
			same,
			conditions,
			{"states": event.states, "not_states": event.not_states},
		)

	def _of_kept(self) -> _Table:
		"""Return the figures that are kept without a case: each row stands for as many as it says."""
		has = {
			"day": "t.month",
			"people": "if(t.children > 0, t.children, t.number)",
			**{name: f"t.`{name}`" for name in ("event", "age_band", "source", "outcome", "number")},
		}
		same = {"doctype": GUIDANCE_COUNT, **dict.fromkeys(("person", "zone_group", "days"))}
		conditions = [
			"t.month between %(first)s and %(last)s",
			"t.event in %(events)s",
			"t.unit in %(units)s",
		]
		return self._table(GUIDANCE_COUNT, has, {"people": int}, same, conditions, {"events": KEYS})

	def _table(  # noqa: PLR0913, PLR0917 all that a table is
		self, doctype: str, has: dict, reads: dict, same: dict, conditions: list[str], values: dict
	) -> _Table:
		"""Return a table of which only what was asked for is read. `has`: the SQL of what is not a column of its own name."""
		columns = {"name": "t.name", "unit": has.get("unit", "t.unit")}
		for name in (*ALWAYS, *self.asked.sources):
			if name in has:
				columns[name] = has[name]
			elif name not in (*same, *_OF_UNIT, *self.place):
				columns[name] = f"t.`{name}`"
		types = {name: self._fields[name].fieldtype for name in columns if name in self._fields}
		of_types = {name: _read_of(fieldtype) for name, fieldtype in types.items() if _read_of(fieldtype)}
		return _Table(
			doctype,
			columns,
			{**of_types, **reads},
			{name: value for name, value in same.items() if name not in has},
			tuple(conditions),
			values,
		)


def _texts(table: _Table, page: Page, name: str) -> list[str]:
	"""Return the texts of the values of a column of a page.

	Raises:
		Refused: one of them holds what stands between values, so those after it would move to other rows.
	"""
	texts = page.texts[name].split(_BETWEEN)
	if len(texts) != page.rows:
		raise Refused(Fault.VALUE_UNREADABLE, field=name, form=_(table.doctype))
	return texts


def _values(table: _Table, page: Page, name: str) -> list:
	"""Return the values of a column of a page; None for one that is not there. Raises Refused, as `_texts` does."""
	texts = _texts(table, page, name)
	read = table.reads.get(name, str)
	known = {text: read(text) if text else None for text in dict.fromkeys(texts)}
	return [known[text] for text in texts]


def _read_of(fieldtype: str) -> Callable[[str], object] | None:
	"""Return what makes a value of the text of one, None if it stays text."""
	if fieldtype in classes.DAY_TYPES:
		return lambda text: datetime.date.fromisoformat(text[:10])
	if fieldtype in _WHOLE_TYPES:
		return int
	return float if fieldtype in classes.NUMBER_TYPES else None


def _places(controller: str) -> tuple[dict[str, dict], dict]:
	"""Return the units of a register controller with what a row tells of them, and what it tells of the controller."""
	# Not filtered by permission: every unit of the municipality is counted.
	units = frappe.get_all(
		"Day Care Unit",
		filters={"controller": controller},
		fields=["name", "unit_oid", "unit_type", "provider_type", "service_area"],
		limit=0,
	)
	codes = frappe.db.get_value(
		"Register Controller", controller, ["municipality_code", "county_code"], as_dict=True
	)
	place = {"municipality": codes.municipality_code, "county": codes.county_code}
	return {
		unit.name: {
			"unit_oid": unit.unit_oid or unit.name,
			# The options are written as "tm01 Day care centre".
			"unit_type": (unit.unit_type or "").split(" ")[0] or None,
			"provider_type": (unit.provider_type or "").split(" ")[0] or None,
			"service_area": unit.service_area,
		}
		for unit in units
	}, place
