"""Fills the case tables by plain SQL: fast, and the same rows each time.

Rows are numbered; every value is a function of the number (MD5 with a word for each kind of value), so that nothing is
random, and no two values of a row hang together. A child is in day care for five of the last ten years, its concerns fall into these, and what is recent is
what is still open: as in a register that has been in use for ten years. Visits are another thing: as many as concerns in one
year, for an export of a million, and a tenth of that in the year before.
"""

from collections.abc import Callable

import frappe

from benchmarks import organisation
from early_support.naming import ALPHABET, LENGTH

# "Now" of the rows. All dates are counted back from here.
ANCHOR = "2026-11-24"
YEARS = 10
STAY_DAYS = 5 * 365
# Concerns for each child, family and support period. A million takes more units than any municipality has; with fewer, each
# child would have more concerns than anybody writes, and each unit and counsellor more children than there is room for.
CHILDREN, FAMILIES, PERIODS = 4, 5, 10
# A small register has fewer units and counsellors too: at least so many children, and periods, for each.
CHILDREN_OF_UNIT, PERIODS_OF_COUNSELLOR = 10, 50

CONCERN_DAYS_OPEN = 120
PERIOD_DAYS_OPEN = 150
OPEN_CONCERN = (
	("Draft", 10),
	("Raised", 30),
	("Discussed", 40),
	("Meeting Proposed", 55),
	("Meeting Agreed", 70),
	("Declined", 78),
	("Urgent", 80),
	("Closed", 100),
)
OLD_CONCERN = (("Declined", 2), ("Discussed", 3), ("Closed", 100))
OPEN_PERIOD = (("Proposed", 15), ("Agreed", 30), ("Under Way", 70), ("Follow-up", 92), ("Ended", 100))
OLD_PERIOD = (("Declined", 8), ("Withdrawn", 12), ("Ended", 100))
SOURCES = (("parent", 30), ("day-care", 80), ("maternity-clinic", 92), ("veo", 100))
# The years in which there are visits: few in the first, many in the second. They are of the periods that began the year
# before these, so that the children are as old as children in day care.
FEW, MANY = 2024, 2025
FEWER = 10

TABLES = (
	"Access Grant",
	"Concern",
	"Concern Topic Item",
	"Support Period",
	"Visit",
	"Child",
	"Family",
	"Family Guardian",
)
FIRST_NAMES = (
	"Aino",
	"Eino",
	"Helmi",
	"Hugo",
	"Leo",
	"Lumi",
	"Oiva",
	"Onni",
	"Saga",
	"Sylvi",
	"Toivo",
	"Venla",
)
TEXT = (
	"Jää aamulla eteiseen ja itkee, kunnes aikuinen tulee viereen. Tätä on ollut kolmena aamuna viikossa "
	"syyslomasta lähtien; iltapäivällä leikki sujuu ja hakutilanne on rauhallinen."
)


def fill(concerns: int, progress: Callable[[int], None]) -> None:
	"""Replace all people and casework of the site by `concerns` concerns and the people and periods around them.

	DDL commits by itself; the site is nobody's but the benchmark's.
	"""
	children, families, periods = (max(1, concerns // part) for part in (CHILDREN, FAMILIES, PERIODS))
	frappe.db.commit()
	# Into an empty table, without these checks, MariaDB loads all indexes in bulk.
	frappe.db.sql("set session unique_checks = 0, foreign_key_checks = 0, sql_mode = ''")
	for table in TABLES:
		frappe.db.sql_ddl(f"truncate `tab{table}`")
	steps = {
		"Family": _families(families),
		"Family Guardian": _guardians(families),
		"Child": _children(children, families),
		"Concern": _concerns(concerns, children),
		"Support Period": _support_periods(periods, concerns),
		"Access Grant": _access_grants(),
		"Visit": _visits(concerns),
	}
	for number, (table, statement) in enumerate(steps.items(), 1):
		frappe.db.sql(statement)
		frappe.db.commit()
		# At once: the next statement joins this table, which for all that MariaDB knows is still empty.
		frappe.db.sql(f"analyze table `tab{table}`")
		progress(number * 100 // len(steps))


def units_of(concerns: int) -> int:
	"""Return how many units a register of so many concerns has."""
	return _units(max(1, concerns // CHILDREN))


def _units(children: int) -> int:
	return max(1, min(organisation.UNITS, children // CHILDREN_OF_UNIT))


def opaque_name(number: str, total: int) -> str:
	"""Return the SQL of a name in the app's alphabet for a numbered row; names rise with the numbers.

	Rising names go into the primary key in order. Nothing else of a row rises with its number.
	"""
	step = len(ALPHABET) ** LENGTH // (total + 1)
	value = f"({number} * {step} + crc32(concat('name', {number})) % {min(step, 2**32)})"
	places = (len(ALPHABET) ** power for power in reversed(range(LENGTH)))
	digits = (f"substr('{ALPHABET}', 1 + {value} div {place} % {len(ALPHABET)}, 1)" for place in places)
	return f"concat({', '.join(digits)})"


def part(word: str, number: str = "s.seq") -> str:
	"""Return the SQL of a number from 0 to just under 1 which belongs to a word and a row."""
	return f"(conv(left(md5(concat('{word}', {number})), 8), 16, 10) / {2**32})"


def choice(word: str, shares: tuple[tuple[str, int], ...]) -> str:
	"""Return the SQL that takes one of the values; `shares` are percents, added up."""
	limits = ", ".join(str(share) for _value, share in shares[:-1])
	values = ", ".join(f"'{value}'" for value, _share in shares)
	return f"elt(1 + interval({part(word)} * 100, {limits}), {values})"


def _numbered(word: str, total: int) -> str:
	"""Return the SQL of the number, from 1 to `total`, of another row."""
	return f"(1 + floor({part(word)} * {total}))"


def _unit(word: str, children: int) -> str:
	units = _units(children)
	return f"concat('BM-UNIT-', lpad({_numbered(word, units)}, 4, '0'))"


def _area(unit: str) -> str:
	number = f"(1 + (right({unit}, 4) - 1) div {organisation.UNITS_OF_AREA})"
	return f"concat('BM-AREA-', lpad({number}, greatest(2, length({number})), '0'))"


def _insert(table: str, values: dict[str, str], source: str) -> str:
	columns = ", ".join(f"`{column}`" for column in values)
	return f"insert into `tab{table}` ({columns}) select straight_join {', '.join(values.values())} from {source}"


def _standard(name: str, creation: str, modified: str) -> dict[str, str]:
	owner = f"'{organisation.EDUCATOR.user}'"
	return {
		"name": name,
		"creation": creation,
		"modified": modified,
		"owner": owner,
		"modified_by": owner,
		"docstatus": "0",
		"idx": "0",
	}


def _families(total: int) -> str:
	day = f"timestamp('{ANCHOR}') - interval floor({part('family')} * {YEARS * 365}) day"
	values = _standard(opaque_name("s.seq", total), day, day)
	values["family_name"] = "concat('Mittanen', s.seq)"
	return _insert("Family", values, f"seq_1_to_{total} s")


def _guardians(total: int) -> str:
	day = f"timestamp('{ANCHOR}')"
	values = _standard("concat('g', s.seq)", day, day) | {
		"idx": "1",
		"parent": opaque_name("s.seq", total),
		"parenttype": "'Family'",
		"parentfield": "'guardians'",
		"full_name": "concat('Huoltaja Mittanen', s.seq)",
		"relation": "'äiti'",
	}
	return _insert("Family Guardian", values, f"seq_1_to_{total} s")


def _children(total: int, families: int) -> str:
	began = f"(date('{ANCHOR}') - interval floor({part('began')} * {YEARS * 365}) day)"
	left = f"({began} + interval {STAY_DAYS} day)"
	number_of_family = f"(1 + s.seq * {families} div {total + 1})"
	names = ", ".join(f"'{name}'" for name in FIRST_NAMES)
	first, last = (
		f"elt(1 + floor({part('first')} * {len(FIRST_NAMES)}), {names})",
		f"concat('Mittanen', {number_of_family})",
	)
	values = _standard(opaque_name("s.seq", total), began, began) | {
		"first_names": first,
		"last_name": last,
		"full_name": f"concat({first}, ' ', {last})",
		"birth_date": f"{began} - interval (300 + floor({part('born')} * 700)) day",
		"family": opaque_name(number_of_family, families),
		"unit": _unit("unit", total),
		"controller": f"'{organisation.CONTROLLER}'",
		"enrolled_from": began,
		"left_on": f"if({left} < '{ANCHOR}', {left}, null)",
	}
	return _insert("Child", values, f"seq_1_to_{total} s")


def _concerns(total: int, children: int) -> str:
	stay = f"datediff(ifnull(c.left_on, '{ANCHOR}'), c.enrolled_from)"
	began = (
		f"(c.enrolled_from + interval floor({part('noticed')} * {stay}) day"
		f" + interval floor({part('second')} * 86400) second)"
	)
	changed = f"least({began} + interval floor({part('days')} * 60 * 86400) second, timestamp('{ANCHOR}'))"
	recent = f"({began} > timestamp('{ANCHOR}') - interval {CONCERN_DAYS_OPEN} day)"
	state = f"if({recent}, {choice('state', OPEN_CONCERN)}, {choice('state', OLD_CONCERN)})"
	values = _standard(opaque_name("s.seq", total), began, changed) | {
		"child": "c.name",
		"child_name": "c.full_name",
		"family": "c.family",
		# A child who has moved: what was closed before keeps its unit.
		"unit": f"if({part('moved')} < 0.02 and not {recent}, {_unit('other unit', children)}, c.unit)",
		"controller": "c.controller",
		"workflow_state": state,
		"observed_on": f"date({began})",
		"observation": f"concat('{TEXT} ', s.seq)",
		"strengths": "'Rakentaa mielellään ja auttaa muita.'",
		"raised_by": f"'{organisation.EDUCATOR.user}'",
		"raised_on": f"date({began})",
	}
	values["service_area"] = _area(values["unit"])
	child = opaque_name(_numbered("child", children), children)
	return _insert("Concern", values, f"seq_1_to_{total} s join `tabChild` c on c.name = {child}")


def _support_periods(total: int, concerns: int) -> str:
	began = "(c.creation + interval 14 day)"
	recent = f"({began} > timestamp('{ANCHOR}') - interval {PERIOD_DAYS_OPEN} day)"
	ended = f"date({began}) + interval {PERIOD_DAYS_OPEN - 1} day"
	state = f"if({recent}, {choice('state', OPEN_PERIOD)}, {choice('state', OLD_PERIOD)})"
	counsellors = max(1, min(organisation.COUNSELLORS, total // PERIODS_OF_COUNSELLOR))
	values = _standard(opaque_name("s.seq", total), began, f"least({ended}, timestamp('{ANCHOR}'))") | {
		"concern": "c.name",
		"child": "c.child",
		"child_name": "c.child_name",
		"family": "c.family",
		"unit": "c.unit",
		"service_area": "c.service_area",
		"controller": "c.controller",
		"workflow_state": state,
		"counsellor": f"concat('counsellor', {_numbered('counsellor', counsellors)}, '@benchmark.invalid')",
		"proposed_on": f"date({began})",
		"ended_on": f"if({recent}, null, {ended})",
		"visit_limit": "3",
		"source": choice("source", SOURCES),
	}
	concern = opaque_name(f"(s.seq * {concerns // total})", concerns)
	return _insert("Support Period", values, f"seq_1_to_{total} s join `tabConcern` c on c.name = {concern}")


def _access_grants() -> str:
	"""Open the families of all periods that were agreed on, as access/grants.py does; those of ended ones are over."""
	values = _standard("p.name", "p.creation", "p.modified") | {
		"user": "p.counsellor",
		"kind": "'Support Period'",
		"reason": "'Vanhempien kanssa on sovittu perhetyöstä.'",
		"family": "p.family",
		"source_doctype": "'Support Period'",
		"source_name": "p.name",
		"valid_from": "p.creation",
		# A recent period that has ended has no day in the register.
		"valid_until": "if(p.workflow_state = 'Ended', ifnull(p.ended_on, date(p.modified)), null)",
	}
	agreed = "('Agreed', 'Under Way', 'Follow-up', 'Ended')"
	return _insert("Access Grant", values, f"`tabSupport Period` p where p.workflow_state in {agreed}")


def _visits(total: int) -> str:
	"""Visits that were held: `total` in the year MANY, and `total / FEWER` in the year FEW."""
	few = max(1, total // FEWER)
	year = f"if(s.seq % {FEWER + 1} = 0, {FEW}, {MANY})"
	day = f"(makedate({year}, 1) + interval floor({part('visited')} * 365) day)"
	values = _standard(opaque_name("s.seq", total + few), day, day) | {
		"support_period": "p.name",
		"child": "p.child",
		"child_name": "p.child_name",
		"family": "p.family",
		"unit": "p.unit",
		"controller": "p.controller",
		"service_area": "p.service_area",
		"workflow_state": "'Held'",
		"visit_date": day,
		"duration": "60",
		"number": "s.seq",
		"place": "'Home'",
		"guidance": f"concat('{TEXT} ', s.seq)",
	}
	began = f"creation >= '{FEW - 1}-01-01' and creation < '{FEW}-01-01'"
	# Numbered without a gap, so that each visit takes one of them by its number.
	periods = (
		f"(select row_number() over (order by name) as number, v.* from `tabSupport Period` v where {began})"
	)
	# A whole number, like those that the periods have: otherwise each visit would be compared with all of them.
	chosen = f"cast(1 + floor({part('of period')} * (select count(*) from `tabSupport Period` where {began})) as int)"
	return _insert("Visit", values, f"seq_1_to_{total + few} s join {periods} p on p.number = {chosen}")
