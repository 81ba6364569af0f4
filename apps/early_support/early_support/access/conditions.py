"""One predicate per protected doctype, used for lists (as a condition of the query) and for single documents.

Frappe asks `<doctype>_rows(user)` for every list, and `has_permission(doc, ptype, user)` for every document. Both join
the conditions of the same openers (`_opened`): a stored document is open to a user for an action if and only if one of
those which give the action finds its row. What a client sends along as fields of the document is never believed. Which opener gives which action is
said in policy.py; here stands how each opener finds its rows.
"""

from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager

import frappe
from frappe.utils import add_days, now_datetime

from early_support.access import assignments, grants, policy
from early_support.casework.clock import today

NOTHING = "(1=0)"
EVERYTHING = "(1=1)"

# As long a family that has no child yet is open to whoever has entered it.
DAYS_OF_A_NEW_FAMILY = 7


def query_condition(user: str | None, doctype: str | None = None, action: str | None = "read") -> str:
	"""Return the SQL condition, in parentheses, for the rows of `doctype` with which `user` may do `action`.

	Fails closed: a doctype or an action without openers, or a user whom no opener knows, gets `(1=0)`. Administrator is
	Frappe's maintenance account and sees all.
	"""
	user = user or frappe.session.user
	if user == "Administrator":
		return EVERYTHING
	if doctype in policy.PROTECTED_TABLES:
		rows = (_rows_of_table(user, doctype, parent) for parent in policy.PROTECTED_TABLES[doctype])
		return _any_by_name(doctype, rows)
	opened = _opened(user, doctype, action)
	return _any_by_name(doctype, opened) if doctype == "Family" else _any(opened)


def has_permission(doc, ptype: str | None = "read", user: str | None = None) -> bool:
	"""Tell whether `user` may do `ptype` with `doc`, as far as rows are concerned (Frappe has checked the role).

	A stored document is judged by its row in the database. When it is saved, the documents on which it is being hung
	must be open too; a document that is not stored yet is judged by these alone, and by its unit.
	"""
	user = user or frappe.session.user
	if user == "Administrator":
		return True
	doctype, name = doc.get("doctype"), doc.get("name")
	if not policy.openers(doctype, ptype):
		return False
	if name and is_open(doctype, name, user, ptype):
		reading = ptype not in ("write", "create")
		return reading or _containers_open(doc, user, _stored_containers(doctype, name))
	if name and frappe.db.exists(doctype, name):
		return False
	return _may_make(doc, user)


def is_open(doctype: str, name: str, user: str | None = None, action: str | None = "read") -> bool:
	"""Tell whether the stored document is among the rows with which `user` may do `action`.

	The conditions are those of the list; here the name leads to the one row of which they are asked.
	"""
	user = user or frappe.session.user
	if user == "Administrator" or doctype in policy.PROTECTED_TABLES:
		return _finds(doctype, name, query_condition(user, doctype, action))
	return _finds(doctype, name, _any(_opened(user, doctype, action)))


def opens_more(kind: str, family: str, user: str) -> bool:
	"""Tell whether a grant of `kind` would open something of the family that is closed to `user` now."""
	for doctype, openers in policy.OPENS.items():
		if kind not in openers:
			continue
		field = "name" if doctype == "Family" else "family"
		condition = _any(_opened(user, doctype, "read"))
		# Null is no yes. The condition is built from constants and escaped values only; the family is a parameter.
		closed = f"select 1 from `tab{doctype}` where {field} = %s and ({condition}) is not true limit 1"
		if frappe.db.sql(closed, (family,)):
			return True
	return False


def _opened(user: str, doctype: str, action: str | None) -> list[str]:
	"""Return the condition of each opener that gives `user` the action."""
	return [OPENERS[opener](user, doctype) for opener in policy.openers(doctype, action)]


def _finds(doctype: str, name: str, condition: str) -> bool:
	# The condition is built from constants and escaped values only; the name is a parameter.
	query = f"select 1 from `tab{doctype}` where name = %s and {condition}"
	return _once((query, name), lambda: bool(frappe.db.sql(query, (name,))))


def _once(question: tuple, ask: Callable[[], object]) -> object:
	"""Return the answer to a question about rights, inside of `each_asked_once` that which was given to the same one."""
	known = getattr(frappe.local, "early_support_found", None)
	if known is None:
		return ask()
	if question not in known:
		known[question] = ask()
	return known[question]


@contextmanager
def each_asked_once() -> Iterator[None]:
	"""Ask the database, inside, one and the same question about rights only once.

	For a page that shows many kinds of documents, and asks for each the same about whoever looks and about what they hang
	on. Nothing that gives or takes rights may be done inside; outside nothing is remembered.
	"""
	before = getattr(frappe.local, "early_support_found", None)
	frappe.local.early_support_found = {} if before is None else before
	try:
		yield
	finally:
		frappe.local.early_support_found = before


@contextmanager
def counting() -> Iterator[None]:
	"""Give, inside, the same conditions in the form that is fast where no order is asked for: the children come first."""
	frappe.local.early_support_counting = True
	try:
		yield
	finally:
		frappe.local.early_support_counting = False


# What Frappe calls for a list: one function for each doctype, named in policy.QUERY_CONDITIONS ------------------------


def family_rows(user: str) -> str:
	return query_condition(user, "Family")


def child_rows(user: str) -> str:
	return query_condition(user, "Child")


def concern_rows(user: str) -> str:
	return query_condition(user, "Concern")


def consultation_rows(user: str) -> str:
	return query_condition(user, "Consultation")


def support_period_rows(user: str) -> str:
	return query_condition(user, "Support Period")


def visit_rows(user: str) -> str:
	return query_condition(user, "Visit")


def cooperation_consent_rows(user: str) -> str:
	return query_condition(user, "Cooperation Consent")


def referral_rows(user: str) -> str:
	return query_condition(user, "Referral")


def network_meeting_rows(user: str) -> str:
	return query_condition(user, "Network Meeting")


def network_meeting_filing_rows(user: str) -> str:
	return query_condition(user, "Network Meeting Filing")


def needs_assessment_rows(user: str) -> str:
	return query_condition(user, "Needs Assessment")


def assessment_participant_rows(user: str) -> str:
	return query_condition(user, "Assessment Participant")


def assessment_service_rows(user: str) -> str:
	return query_condition(user, "Assessment Service")


def network_participant_rows(user: str) -> str:
	return query_condition(user, "Network Participant")


def network_action_rows(user: str) -> str:
	return query_condition(user, "Network Action")


def family_guardian_rows(user: str) -> str:
	return query_condition(user, "Family Guardian")


def visit_participant_rows(user: str) -> str:
	return query_condition(user, "Visit Participant")


def concern_topic_item_rows(user: str) -> str:
	return query_condition(user, "Concern Topic Item")


def consent_recipient_rows(user: str) -> str:
	return query_condition(user, "Consent Recipient")


def consent_section_rows(user: str) -> str:
	return query_condition(user, "Consent Section")


def consent_answer_rows(user: str) -> str:
	return query_condition(user, "Consent Answer")


def referral_section_rows(user: str) -> str:
	return query_condition(user, "Referral Section")


def child_plan_rows(user: str) -> str:
	return query_condition(user, "Child Plan")


def child_plan_goal_rows(user: str) -> str:
	return query_condition(user, "Child Plan Goal")


def child_plan_service_rows(user: str) -> str:
	return query_condition(user, "Child Plan Service")


def client_relationship_rows(user: str) -> str:
	return query_condition(user, "Client Relationship")


def support_plan_rows(user: str) -> str:
	return query_condition(user, "Support Plan")


def plan_review_rows(user: str) -> str:
	return query_condition(user, "Plan Review")


def plan_goal_rows(user: str) -> str:
	return query_condition(user, "Plan Goal")


def plan_review_goal_rows(user: str) -> str:
	return query_condition(user, "Plan Review Goal")


def access_grant_rows(user: str) -> str:
	return query_condition(user, "Access Grant")


# Openers -----------------------------------------------------------------------------------------------------------


def _unit_staff(user: str, doctype: str) -> str:
	"""Rows of the units in which the user works. The child must be in one of them today, and not have left."""
	units = assignments.staff_units(user)
	if not units:
		return ""
	within = _in(units)
	own_unit = f"`tab{doctype}`.unit in {within}"
	if doctype in policy.OF_UNITS and (area := assignments.staff_area(user)):
		# The area says nothing new: one that was not carried along hides, and opens nothing. But the rows of one area can be
		# read by the day of their last change (access/indexes.py), where those of several units are all read and sorted. As
		# an expression the unit is looked up in no index, which MariaDB would otherwise take for the shorter way.
		own_unit = f"`tab{doctype}`.service_area = {frappe.db.escape(area)} and concat(`tab{doctype}`.unit) in {within}"
	if doctype == "Consultation":
		return own_unit
	here = f"es_child.unit in {within} and (es_child.left_on is null or es_child.left_on > {_today()})"
	if doctype == "Child":
		return (
			f"`tabChild`.unit in {within} and (`tabChild`.left_on is null or `tabChild`.left_on > {_today()})"
		)
	if doctype == "Family":
		return f"`tabFamily`.name in (select es_child.family from `tabChild` es_child where {here})"
	# The row's own unit comes first: it is indexed, together with the day by which lists are sorted (access/indexes.py).
	# The child's unit decides: documents that were closed before the child moved keep their unit for the figures, and are
	# closed to the staff there. A value and not an `exists`, which MariaDB would turn into a join that begins with the
	# children: every concern of an area read and sorted for one page. No child, no value: closed.
	if getattr(frappe.local, "early_support_counting", False):
		its_child = f"`tab{doctype}`.child in (select es_child.name from `tabChild` es_child where {here})"
	else:
		its_child = f"coalesce((select {here} from `tabChild` es_child where es_child.name = `tab{doctype}`.child), 0) = 1"
	return f"{own_unit} and {its_child}"


def _liaison(user: str, doctype: str) -> str:
	"""Rows of the units of which the user is the liaison."""
	units = assignments.liaison_units(user)
	return f"`tab{doctype}`.unit in {_in(units)}" if units else ""


def _granted(kind: str):
	"""Return the opener of one kind of grant: the rows of the families that the user holds one of, for the time being.

	Of what is kept apart from the register of the units, only the rows of the controller for whom he or she works: another
	one's register stays closed although the family is the same (703/2023, 13 §). The families are read once per request,
	like the units: a condition on an indexed column stays one beside others, which a sub-select joined by `or` does not.
	"""

	def rows(user: str, doctype: str) -> str:
		families = {grant.family for grant in _grants(user, kind)}
		if not families:
			return ""
		if not policy.is_kept_apart(doctype):
			field = "name" if doctype == "Family" else "family"
			return f"`tab{doctype}`.{field} in {_in(families)}"
		return _of_own_register(user, doctype, families)

	return rows


# Where the name of the period, or of the referral, stands in what it opens.
PERIOD_FIELDS = {
	"Support Period": "name",
	"Visit": "support_period",
	"Needs Assessment": "support_period",
	"Client Relationship": "support_period",
}
REFERRAL_FIELDS = {
	"Referral": "name",
	"Needs Assessment": "referral",
	"Client Relationship": "referral",
}
RELATIONSHIP_FIELDS = {
	"Client Relationship": "name",
	"Needs Assessment": "client_relationship",
	"Support Plan": "client_relationship",
	"Plan Review": "client_relationship",
}


def _own_period(user: str, doctype: str) -> str:
	"""The support periods on which the user's grants stand, their visits, and what began with them."""
	held = _grants(user, policy.SUPPORT_PERIOD)
	periods = {grant.source_name for grant in held if grant.source_doctype == "Support Period"}
	return _by_field(doctype, PERIOD_FIELDS, periods)


def _own_referral(user: str, doctype: str) -> str:
	"""The referrals with which a family was handed over to the user, and what began with them."""
	return _by_field(
		doctype, REFERRAL_FIELDS, {grant.source_name for grant in _grants(user, policy.REFERRAL)}
	)


def _own_relationship(user: str, doctype: str) -> str:
	"""The client relationships of which the user is the own worker today, and what hangs on them.

	Who hands one over may look at it until the end of the day, as the grant lasts, and writes no more.
	"""
	names = {grant.source_name for grant in _grants(user, policy.CLIENT_RELATIONSHIP)}
	return _by_field(doctype, RELATIONSHIP_FIELDS, _still_own(user, names))


def _still_own(user: str, names: set[str]) -> set[str]:
	"""Return which of some client relationships are the user's, in a register for whose controller he or she works today.

	One that is being prepared is of whoever opened it.
	"""
	controllers = assignments.controllers_of(user, policy.REGISTER_ROLES)
	if not (names and controllers):
		return set()
	values = {"names": tuple(sorted(names)), "controllers": tuple(sorted(controllers)), "user": user}
	# Unfiltered: this is where it is decided what the user may read. Plain SQL because every request of an own worker asks.
	found = _once(
		("own relationships", *values.values()),
		lambda: frappe.db.sql_list(
			"""select name from `tabClient Relationship`
			where name in %(names)s and controller in %(controllers)s
			and if(workflow_state = 'Draft', opened_by, own_worker) = %(user)s""",
			values,
		),
	)
	return set(found)


def _by_field(doctype: str, fields: dict[str, str], names: set[str]) -> str:
	"""Return the condition for the rows with one of `names` in the field that the doctype has for it, if it has one."""
	return f"`tab{doctype}`.{fields[doctype]} in {_in(names)}" if names and doctype in fields else ""


def _own_client(user: str, doctype: str) -> str:
	"""What the own register holds about the children whose own worker the user is today; not about their siblings."""
	names = {grant.source_name for grant in _grants(user, policy.CLIENT_RELATIONSHIP)}
	names = _still_own(user, names)
	if not names:
		return ""
	own = tuple(sorted(names))
	# Unfiltered, as in _still_own.
	clients = _once(
		("own clients", own),
		lambda: frappe.db.sql(
			"""select controller, child from `tabClient Relationship`
			where name in %(names)s and workflow_state = 'Active'""",
			{"names": own},
		),
	)
	children: dict[str, set[str]] = {}
	for controller, child in clients:
		children.setdefault(controller, set()).add(child)
	table = f"`tab{doctype}`"
	return " or ".join(
		f"({table}.controller = {frappe.db.escape(controller)} and {table}.child in {_in(of_controller)})"
		for controller, of_controller in sorted(children.items())
	)


def _own_assessment(user: str, doctype: str) -> str:
	"""The needs assessments which the user makes, or was asked to join."""
	names = {grant.source_name for grant in _grants(user, policy.NEEDS_ASSESSMENT)}
	return _by_field(doctype, {"Needs Assessment": "name"}, names)


def _grants(user: str, kind: str) -> list[dict]:
	"""Return the user's running grants of a kind: none when he or she does other work by now."""
	if not assignments.works_as(user, policy.GRANT_KINDS[kind]):
		return []
	return [grant for grant in grants.active(user) if grant.kind == kind]


def _own_register(user: str, doctype: str) -> str:
	"""What was filed for the controller for whom the user works, of the families that are open to him or her by a grant."""
	families = {grant.family for kind in policy.FAMILY_GRANTS for grant in _grants(user, kind)}
	return _of_own_register(user, doctype, families)


def _of_own_register(user: str, doctype: str, families: set[str]) -> str:
	"""Return the condition for the rows of some families that are kept for a controller for whom the user works."""
	controllers = assignments.controllers_of(user, policy.REGISTER_ROLES)
	if not (controllers and families):
		return ""
	table = f"`tab{doctype}`"
	return f"{table}.controller in {_in(controllers)} and {table}.family in {_in(families)}"


def _privacy_officer(user: str, doctype: str) -> str:
	"""What was given on the records of the registers that the user watches over; what is shown of it names no child."""
	registers = assignments.registers_of(user, policy.PRIVACY_ROLES)
	units = assignments.units_of(user, policy.PRIVACY_ROLES)
	ways = [f"{of_source('controller')} in {_in(registers)}"] if registers else []
	if units:
		apart = _in(doctype for doctype in policy.GRANT_SOURCES if policy.is_kept_apart(doctype))
		ways.append(
			f"`tabAccess Grant`.source_doctype not in {apart} and {of_source('unit')} in {_in(units)}"
		)
	return _any(ways) if ways else ""


def of_source(field: str) -> str:
	"""Return the SQL expression for a field of the document because of which a row of Access Grant was given."""
	cases = (
		f"when {frappe.db.escape(doctype)} then"
		f" (select source.{field} from `tab{doctype}` source where source.name = `tabAccess Grant`.source_name)"
		for doctype in policy.GRANT_SOURCES
	)
	return f"(case `tabAccess Grant`.source_doctype {' '.join(cases)} end)"


def _new_family(user: str, doctype: str) -> str:
	"""A family is made before its first child: until then it is its maker's, if he or she works in a unit.

	For some days only: one of which the children have gone to another record would be its maker's again, years later.
	"""
	if not assignments.staff_units(user):
		return ""
	made_after = add_days(now_datetime(), -DAYS_OF_A_NEW_FAMILY)
	return (
		f"`tabFamily`.owner = {frappe.db.escape(user)}"
		f" and `tabFamily`.creation > {frappe.db.escape(str(made_after))}"
		" and not exists (select 1 from `tabChild` es_child where es_child.family = `tabFamily`.name)"
	)


OPENERS = {
	policy.UNIT_STAFF: _unit_staff,
	policy.LIAISON: _liaison,
	policy.NEW_FAMILY: _new_family,
	policy.OWN_PERIOD: _own_period,
	policy.OWN_REFERRAL: _own_referral,
	policy.OWN_RELATIONSHIP: _own_relationship,
	policy.OWN_REGISTER: _own_register,
	policy.OWN_ASSESSMENT: _own_assessment,
	policy.OWN_CLIENT: _own_client,
	policy.PRIVACY_OFFICER: _privacy_officer,
	**{kind: _granted(kind) for kind in policy.GRANT_KINDS},
}


def _rows_of_table(user: str, table: str, parent: str) -> str:
	condition = query_condition(user, parent)
	if condition == NOTHING:
		return ""
	return (
		f"`tab{table}`.parenttype = {frappe.db.escape(parent)} and `tab{table}`.parent in"
		f" (select `tab{parent}`.name from `tab{parent}` where {condition})"
	)


# Documents that are being made or moved ------------------------------------------------------------------------------


def _stored_containers(doctype: str, name: str) -> dict:
	fields = [*policy.CONTAINERS[doctype]]
	return frappe.db.get_value(doctype, name, fields, as_dict=True) if fields else {}


def _may_make(doc, user: str) -> bool:
	"""Tell whether `user` may make `doc`, which is not stored yet: one of the openers must give it, where it is made."""
	doctype = doc.get("doctype")
	makers = policy.openers(doctype, "create")
	return any(_gives_new(opener, doc, user) for opener in makers) and _containers_open(doc, user, {})


def _gives_new(opener: str, doc, user: str) -> bool:
	doctype = doc.get("doctype")
	if not OPENERS[opener](user, doctype):
		return False
	if doctype in policy.UNIT_DECIDES:
		return not doc.get("unit") or doc.get("unit") in assignments.staff_units(user)
	# An empty form has no container yet; it cannot be stored like that.
	hung_on = {container: doc.get(field) for field, container in policy.CONTAINERS[doctype].items()}
	return all(
		_finds(container, name, _any([OPENERS[opener](user, container)]))
		for container, name in hung_on.items()
		if name
	)


def _containers_open(doc, user: str, stored: dict) -> bool:
	"""Tell whether `user` may write every document on which `doc` is newly hung, or read it, where that is enough."""
	action = "read" if doc.get("doctype") in policy.HUNG_ON_READABLE else "write"
	for field, container in policy.CONTAINERS[doc.get("doctype")].items():
		name = doc.get(field)
		if name and name != stored.get(field) and not is_open(container, name, user, action):
			return False
	return True


# SQL -----------------------------------------------------------------------------------------------------------------


def _any(conditions: Iterable[str]) -> str:
	parts = [f"({condition})" for condition in conditions if condition]
	return f"({' or '.join(parts)})" if parts else NOTHING


def _any_by_name(doctype: str, conditions: Iterable[str]) -> str:
	"""As `_any`, for conditions that find their rows by way of other tables.

	Joined by `or`, they would be asked of every row of the table; each by itself, they find the names by an index.
	"""
	parts = [f"select name from `tab{doctype}` where {condition}" for condition in conditions if condition]
	if not parts:
		return NOTHING
	return f"(`tab{doctype}`.name in (select name from ({' union '.join(parts)}) es_open))"


def _in(values: Iterable[str]) -> str:
	return "({})".format(", ".join(frappe.db.escape(value) for value in sorted(values)))


def _today() -> str:
	return frappe.db.escape(str(today()))
