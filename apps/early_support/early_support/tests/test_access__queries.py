"""How the database answers a list of casework: in its order, from an index, with each row's child looked up by its name."""

import frappe
import pytest

from early_support.access import grants, policy
from early_support.access.conditions import query_condition
from early_support.access.policy import GUARDED_DOCTYPES
from early_support.tests import case_factories, factories

OF_A_CHILD = [
	doctype for doctype in GUARDED_DOCTYPES if doctype != "Consultation" and not policy.is_kept_apart(doctype)
]


def indexes(doctype: str) -> set[tuple[str, ...]]:
	found: dict[str, list[str]] = {}
	for row in frappe.db.sql(f"show index from `tab{doctype}`", as_dict=True):
		found.setdefault(row.Key_name, []).append(row.Column_name)
	return {tuple(columns) for columns in found.values()}


@pytest.mark.parametrize("doctype", GUARDED_DOCTYPES)
def test_lists_have_their_indexes(site, doctype):
	needed = {("unit", "modified"), ("unit", "workflow_state", "modified"), ("workflow_state", "modified")}
	if doctype in policy.OF_UNITS:
		needed |= {("service_area", "modified"), ("service_area", "workflow_state", "modified")}
	if doctype in OF_A_CHILD:
		needed |= {("child", "unit", "service_area")}
	assert needed <= indexes(doctype)


def test_children_have_their_index(site):
	assert ("unit", "left_on") in indexes("Child")


@pytest.mark.parametrize("doctype", OF_A_CHILD)
def test_the_child_is_looked_up_row_by_row(as_user, doctype):
	"""Joined, the child would come first, and with it all the rows of a unit for one page."""
	with as_user("Early Educator") as user:
		condition = query_condition(user, doctype)
	plan = frappe.db.sql(
		f"explain select name from `tab{doctype}` where {condition} order by modified desc limit 20",
		as_dict=True,
	)
	assert [row.select_type for row in plan] == ["PRIMARY", "DEPENDENT SUBQUERY"]
	assert plan[1].key == "PRIMARY"


@pytest.mark.parametrize("doctype", ["Concern", "Consultation"])
def test_a_page_of_an_area_is_read_in_its_order(site, doctype):
	"""With several units for a choice of index, MariaDB takes all their rows, and sorts."""
	area = factories.make_area()
	units = [factories.make_unit(service_area=area) for _ in range(2)]
	user = factories.make_staff("Special Needs Educator", area=area)
	frappe.db.sql(
		f"""insert into `tab{doctype}` (name, modified, workflow_state, service_area, unit)
		select concat('FILLER', seq), timestamp('2020-01-01') + interval seq hour, 'Draft',
		if(seq %% 10, 'ELSEWHERE', %s), ifnull(elt(field(seq %% 100, 10, 20), %s, %s), 'ELSEWHERE')
		from seq_1_to_{FILLER}""",
		(area, *units),
	)
	count_anew([doctype])
	for stage in ("", "and workflow_state = 'Draft'"):
		plan = frappe.db.sql(
			f"""explain select name from `tab{doctype}`
			where {query_condition(user, doctype)} {stage} order by modified desc limit 20""",
			as_dict=True,
		)
		assert plan[0].key.startswith("service_area_"), plan
		assert "filesort" not in plan[0].Extra
		# Else it is their number that decides, and few units of a big area are read and sorted.
		assert not [key for key in plan[0].possible_keys.split(",") if key.startswith("unit")]


# No full scan ---------------------------------------------------------------------------------------------------------

FILLER = 3000  # enough that an index is always the better way
OPENERS = sorted({opener for openers in policy.OPENS.values() for opener in openers})


def whom_it_opens_to(opener: str) -> str:
	"""Make a case, and return a user to whom the opener gives some of it."""
	team = case_factories.make_team()
	period = case_factories.period_in("Under Way", team)
	case_factories.make_visit(team, period)
	case_factories.make_consultation(team)
	case_factories.make_child_plan(team)
	case_factories.network_meeting_in("Agreed", team)
	worker = factories.make_staff("Social Worker", controller=case_factories.county())
	relationship = case_factories.relationship_in("Active", team, own_worker=worker)
	of_own_worker = team._replace(counsellor=worker)
	plan = case_factories.support_plan_in("Agreed", of_own_worker, client_relationship=relationship.name)
	case_factories.make_plan_review(of_own_worker, plan)
	case_factories.make_needs_assessment(
		team, support_period=period.name, services=[{"service": case_factories.SERVICE}]
	)
	if opener in (policy.CLIENT_RELATIONSHIP, policy.OWN_RELATIONSHIP, policy.OWN_CLIENT):
		return worker
	consent = case_factories.consent_in("Given", team)
	referral = case_factories.referral_in("Joint Contact", team, consent=consent.name)
	if opener == policy.OWN_REFERRAL:
		return referral.receiver
	if opener == policy.PRIVACY_OFFICER:
		return factories.make_staff("Privacy Officer", controller=factories.default_controller())
	if opener == policy.BREAK_GLASS:
		user = factories.make_staff("Early Educator", factories.make_unit())
		grants.give(user, period.family, policy.BREAK_GLASS, period, "Lapsi on haettava heti.")
		return user
	return team.educator if opener in (policy.UNIT_STAFF, policy.NEW_FAMILY) else team.counsellor


def fill(doctype: str) -> None:
	"""Put rows of nobody's into a table: plain SQL, for the numbers in the statistics of the database only."""
	columns = {field.fieldname for field in frappe.get_meta(doctype).fields} & {
		"unit",
		"family",
		"child",
		"user",
	}
	columns |= {"parent"} if doctype in policy.PROTECTED_TABLES else set()
	names = "".join(f", `{column}`" for column in sorted(columns))
	values = ", concat('ELSEWHERE', seq)" * len(columns)
	frappe.db.sql(
		f"""insert into `tab{doctype}` (name, modified{names})
		select concat('FILLER', seq), timestamp('2020-01-01') + interval seq hour{values} from seq_1_to_{FILLER}"""
	)


def count_anew(doctypes: list[str]) -> None:
	"""Let the database see how big tables have become: it does so by itself, but later, and chooses its plans by it.

	Over a connection of its own, because it commits.
	"""
	connection = frappe.local.db.get_connection()
	try:
		for doctype in doctypes:
			connection.cursor().execute(f"analyze table `tab{doctype}`")
	finally:
		connection.close()


def full_scans(query: str) -> list[str]:
	"""Return the tables of which a query reads every row; results of its own parts do not count."""
	plan = frappe.db.sql(f"explain {query}", as_dict=True)
	return [row.table for row in plan if row.type == "ALL" and not row.table.startswith("<")]


def queries_of(doctype: str, tables: set[str], rows: bool) -> list[str]:
	"""Return the queries of a page, of its count and, where wanted, of the rows of its tables, as whoever works now."""
	meta = frappe.get_meta(doctype)
	order = f"{meta.sort_field} {meta.sort_order}"
	queries = [
		frappe.get_list(doctype, fields=["*"], order_by=order, limit_page_length=20, run=False),
		frappe.get_list(doctype, fields=["count(name) as number"], order_by=None, run=False),
	]
	if rows:
		queries += [
			frappe.get_list(table, parent_doctype=doctype, fields=["name"], run=False) for table in tables
		]
	return queries


@pytest.mark.parametrize("opener", OPENERS)
def test_no_list_reads_a_whole_table(as_user, opener):
	user = whom_it_opens_to(opener)
	opened = [doctype for doctype, openers in policy.OPENS.items() if opener in openers]
	tables = {
		doctype: {field.options for field in frappe.get_meta(doctype).get_table_fields()}
		for doctype in opened
	}
	filled = [*policy.PROTECTED_DOCTYPES, *{table for of in tables.values() for table in of}]
	for each in filled:
		fill(each)
	count_anew(filled)
	assert full_scans("select name from `tabConcern` where observation = 'Leikki'") == ["tabConcern"]
	scans = []
	with as_user.existing(user):
		for doctype in opened:
			rows = opener != policy.PRIVACY_OFFICER
			if rows:
				shows_nothing = opener == policy.NEW_FAMILY or policy.OPENS[doctype][opener] == policy.BEGIN
				assert frappe.get_list(doctype, limit_page_length=1) or shows_nothing, doctype
			scans += [
				(doctype, query) for query in queries_of(doctype, tables[doctype], rows) if full_scans(query)
			]
	assert scans == []


def test_casework_without_a_child_is_closed(as_user):
	team = case_factories.make_team()
	concern = case_factories.make_concern(team)
	with as_user.existing(team.educator):
		assert frappe.get_list("Concern", pluck="name") == [concern.name]
		assert concern.has_permission("read")
	frappe.db.sql("update `tabConcern` set child = 'NOBODY' where name = %s", concern.name)
	with as_user.existing(team.educator):
		assert frappe.get_list("Concern", pluck="name") == []
		assert not concern.has_permission("read")


def test_an_assignment_counts_from_its_first_to_its_last_day(as_user):
	for from_date, to_date, open_today in (
		(0, 0, True),
		(0, None, True),
		(-9, 0, True),
		(-9, -1, False),
		(1, None, False),
	):
		team = case_factories.make_team()
		case_factories.make_concern(team)
		last = factories.days(to_date) if to_date is not None else None
		with as_user("Early Educator", team.unit, from_date=factories.days(from_date), to_date=last):
			assert bool(frappe.get_list("Concern", pluck="name")) is open_today, (from_date, to_date)


def test_patches_can_be_found(site):
	for line in frappe.get_file_items(frappe.get_app_path("early_support", "patches.txt")):
		if not line.startswith("["):
			assert callable(frappe.get_attr(f"{line.split()[0]}.execute")), line
