"""What each kind of person may do with each kind of document, written down once more by hand, line by line."""

from contextlib import contextmanager
from typing import NamedTuple

import frappe
import pytest
from frappe.model.document import Document

from early_support.access import assignments, break_glass, conditions, policy
from early_support.casework import clock
from early_support.naming import opaque_name
from early_support.setup.checks import DoctypeWithoutPolicy, check_policies
from early_support.tests import case_factories as case
from early_support.tests import factories as make

READ, WRITE, CREATE, BEGIN, NOTHING = (
	("read",),
	("read", "write"),
	("read", "write", "create"),
	("create",),
	(),
)

# What Frappe may ask for besides, and what it has no name for yet.
NEVER = [
	"delete",
	"submit",
	"cancel",
	"amend",
	"print",
	"email",
	"report",
	"import",
	"export",
	"share",
	"set_user_permissions",
	"mask",
	"impersonate",
	"unheard_of",
]

pytestmark = pytest.mark.usefixtures("shared_transaction")

REASON = "Poliisi soitti, lapsi on yksin kotona."

# person → document → actions. What is not named here is closed.
EXPECTED = {
	"educator": {
		"family": CREATE,
		"child": CREATE,
		"concern": CREATE,
		"consultation": CREATE,
		"period": CREATE,
		"visit": READ,
		"consent": CREATE,
		"referral": CREATE,
		"plan": CREATE,
		"sibling": CREATE,
		"sibling's concern": CREATE,
		"sibling's period": CREATE,
		"sibling's visit": READ,
		"own new family": WRITE,
		"meeting": CREATE,
		"filing of the unit": READ,
	},
	"counsellor": {
		"family": READ,
		"child": READ,
		"concern": READ,
		"consultation": WRITE,
		"period": WRITE,
		"visit": CREATE,
		"consent": CREATE,
		"referral": CREATE,
		"sibling": READ,
		"sibling's concern": READ,
		"sibling's period": READ,
		"sibling's visit": READ,
		"meeting": READ,
		"filing of the county": READ,
		# Handed on: what the period still gives is to begin another one.
		"assessment": BEGIN,
		# Begun on the own period; by now another worker's, and one can only tell that it could be begun.
		"ended relationship": BEGIN,
	},
	"breaker": dict.fromkeys(
		(
			"family",
			"child",
			"concern",
			"period",
			"visit",
			"consent",
			"referral",
			"plan",
			"sibling",
			"sibling's concern",
			"sibling's period",
			"sibling's visit",
			"meeting",
		),
		READ,
	),
	"privacy officer": {"grant": READ, "emergency": READ, "handover": READ},
	"receiver": {"referral": WRITE, "receiver's assessment": BEGIN, "relationship": BEGIN},
	"assessor": {
		"assessment": WRITE,
		"receiver's assessment": WRITE,
		"client's assessment": WRITE,
		"sibling's assessment": READ,
	},
	"own worker": {
		"assessment": READ,
		"receiver's assessment": READ,
		# Begun on the running relationship, and handed on since.
		"client's assessment": ("read", "create"),
		"family": READ,
		"child": READ,
		"sibling": READ,
		"filing of the county": READ,
		"relationship": WRITE,
		"ended relationship": READ,
		"support plan": CREATE,
		"ended support plan": READ,
		"review": CREATE,
		"ended review": READ,
	},
	"stranger": {},
	"area director": {},
	"social worker": {},
	"system manager": {},
}


class World(NamedTuple):
	"""One family with two children, each with a period of another counsellor; and people who stand to it in every way."""

	people: dict[str, str]
	documents: dict[str, Document]


def make_world() -> World:
	team = case.make_team()
	family = frappe.db.get_value("Child", team.child, "family")
	sibling = make.make_child(unit=team.unit, family=family)
	colleague = make.make_staff("Family Counsellor", controller=case.county())
	period = case.period_in("Under Way", team)
	siblings_period = case.period_in("Under Way", team._replace(child=sibling, counsellor=colleague))
	people = {
		"educator": team.educator,
		"counsellor": team.counsellor,
		"breaker": make.make_staff("Early Educator", make.make_unit()),
		"stranger": make.make_staff("Early Educator", make.make_unit()),
		"privacy officer": make.make_staff("Privacy Officer", assigned=False),
		"area director": make.make_staff("Area Director"),
		"social worker": make.make_staff("Social Worker"),
		"receiver": make.make_staff("Social Worker", controller=case.county()),
		"assessor": case.make_social_worker(),
		"own worker": make.make_staff("Social Worker", controller=case.county()),
		"system manager": make.make_user("System Manager"),
	}
	# Watches over both registers: over one alone, see test_privacy__registers.py.
	make.make_assignment(people["privacy officer"], "Privacy Officer", controller=make.default_controller())
	make.make_assignment(people["privacy officer"], "Privacy Officer", controller=case.county())
	child = frappe.get_doc("Child", team.child)
	with case.acting(people["breaker"]):
		break_glass.open_family(child.last_name, child.first_names, str(child.birth_date), REASON)
	with case.acting(team.educator):
		new_family = frappe.get_doc({"doctype": "Family", "family_name": "Uusi"}).insert()
	ended = case.relationship_in("Active", team, support_period=period.name)
	ended_plan = case.support_plan_in("Agreed", team, client_relationship=ended.name)
	ended_review = case.make_plan_review(team, ended_plan)
	case.move(ended, "End the relationship", team.counsellor, ending_reason=case.option("Ending Reason"))
	referral = case.referral_in("Accepted", team, receiver=people["receiver"])
	relationship = case.make_relationship(
		team, people["receiver"], referral=referral.name, own_worker=people["own worker"]
	)
	case.move(relationship, "Start the relationship", people["receiver"], **case.start_of_relationship())
	of_own_worker = team._replace(counsellor=people["own worker"])
	support_plan = case.support_plan_in("Agreed", of_own_worker, client_relationship=relationship.name)
	review = case.make_plan_review(of_own_worker, support_plan)
	# What was ended today is open until midnight: here it is the day after.
	over = {"kind": policy.CLIENT_RELATIONSHIP, "ended_on": ("is", "set")}
	frappe.db.set_value("Access Grant", over, "valid_until", clock.now())
	assignments.forget()
	meeting = case.network_meeting_in("Agreed", team)
	documents = {
		"family": frappe.get_doc("Family", family),
		"child": child,
		"concern": frappe.get_doc("Concern", period.concern),
		"consultation": case.make_consultation(team),
		"period": period,
		"visit": case.make_visit(team, period),
		"consent": frappe.get_doc("Cooperation Consent", referral.consent),
		"referral": referral,
		"plan": case.make_child_plan(team),
		"sibling": frappe.get_doc("Child", sibling),
		"sibling's concern": frappe.get_doc("Concern", siblings_period.concern),
		"sibling's period": siblings_period,
		"sibling's visit": case.make_visit(team, siblings_period, user=colleague),
		"own new family": new_family,
		"assessment": hand_on(
			case.make_needs_assessment(team, support_period=period.name), people["assessor"]
		),
		"receiver's assessment": hand_on(
			case.make_needs_assessment(team, user=people["receiver"], referral=referral.name),
			people["assessor"],
		),
		"client's assessment": hand_on(
			case.make_needs_assessment(
				team, user=people["own worker"], client_relationship=relationship.name
			),
			people["assessor"],
		),
		"sibling's assessment": case.make_needs_assessment(
			team, user=colleague, support_period=siblings_period.name
		),
		"meeting": meeting,
		"filing of the unit": filing(meeting, meeting.controller),
		"filing of the county": filing(meeting, case.county()),
		"relationship": relationship,
		"ended relationship": ended,
		"support plan": support_plan,
		"ended support plan": ended_plan,
		"review": review,
		"ended review": ended_review,
		"grant": frappe.get_doc("Access Grant", {"user": team.counsellor}),
		"emergency": frappe.get_doc("Access Grant", {"user": people["breaker"]}),
		"handover": frappe.get_doc("Access Grant", {"user": people["receiver"]}),
	}
	return World(people, documents)


@pytest.fixture(scope="module")
def world(shared_transaction) -> World:
	return make_world()


def hand_on(doc: Document, user: str) -> Document:
	with case.acting(doc.assessor):
		doc.assessor = user
		return doc.save()


def filing(meeting: Document, controller: str) -> Document:
	return frappe.get_doc(
		"Network Meeting Filing", {"network_meeting": meeting.name, "controller": controller}
	)


def answers(world: World, doctypes=policy.PROTECTED_DOCTYPES) -> dict:
	"""Return what the site says about the documents of `doctypes`, in the form of EXPECTED."""
	return {
		who: {
			what: allowed
			for what, doc in world.documents.items()
			if doc.doctype in doctypes
			and (
				allowed := tuple(action for action in CREATE if conditions.has_permission(doc, action, user))
			)
		}
		for who, user in world.people.items()
	}


def makes(world: World, doctypes=policy.PROTECTED_DOCTYPES) -> set[tuple[str, str]]:
	"""Return who may make which of `doctypes`, on an empty form."""
	return {
		(who, doctype)
		for who, user in world.people.items()
		for doctype in doctypes
		if conditions.has_permission(frappe.new_doc(doctype), "create", user)
	}


STAFF_MAKE = (
	"Family",
	"Child",
	"Concern",
	"Consultation",
	"Support Period",
	"Cooperation Consent",
	"Referral",
	"Child Plan",
	"Network Meeting",
)
MAKERS = {
	*(
		("counsellor", doctype)
		for doctype in (
			"Visit",
			"Cooperation Consent",
			"Referral",
			"Needs Assessment",
			"Client Relationship",
		)
	),
	("receiver", "Needs Assessment"),
	("receiver", "Client Relationship"),
	*(("own worker", doctype) for doctype in ("Needs Assessment", "Support Plan", "Plan Review")),
	*((who, doctype) for who in ("educator", "breaker", "stranger") for doctype in STAFF_MAKE),
}


def test_everybody_may_do_what_is_written_here_and_nothing_else(world):
	assert answers(world) == EXPECTED
	assert makes(world) == MAKERS
	for user in world.people.values():
		for doc in world.documents.values():
			for action in NEVER:
				assert conditions.has_permission(doc, action, user) is False, (doc.doctype, action)
				empty = frappe.new_doc(doc.doctype)
				assert conditions.has_permission(empty, action, user) is False, (doc.doctype, action)
			# What Frappe asks when it wants to know whether the document is open at all, or offered by a link.
			for action in (None, "select"):
				is_open = conditions.has_permission(doc, "read", user)
				assert conditions.has_permission(doc, action, user) is is_open, (doc.doctype, action)


def test_every_line_of_the_policy_counts(monkeypatch, world):
	"""Without any one line, or with one action more or less in it, somebody's answer is another."""
	for doctype, lines in policy.OPENS.items():
		as_it_is = answers(world, (doctype,)), makes(world, (doctype,))
		for opener, actions in lines.items():
			for changed in {NOTHING, READ, WRITE, CREATE, BEGIN} - {actions}:
				with monkeypatch.context() as patch:
					patch.setitem(policy.OPENS, doctype, {**lines, opener: changed})
					changes = (answers(world, (doctype,)), makes(world, (doctype,))) != as_it_is
					assert changes, (doctype, opener, changed)


# The hooks -----------------------------------------------------------------------------------------------------------


@contextmanager
def left_out(monkeypatch, hook: str, doctype: str):
	"""Let Frappe find, inside, what hooks.py says of this doctype nowhere."""
	get_hooks = frappe.get_hooks

	def get_others(name=None, *args, **kwargs):
		found = get_hooks(name, *args, **kwargs)
		return {key: paths for key, paths in found.items() if key != doctype} if name == hook else found

	with monkeypatch.context() as patch:
		patch.setattr(frappe, "get_hooks", get_others)
		yield


def listed(user: str, doctype: str, parent: str | None = None) -> set[str]:
	"""Return the names that Frappe lists to `user`, of a child table the rows of documents of the doctype `parent`."""
	of_parent = {"parent_doctype": parent, "filters": {"parenttype": parent}} if parent else {}
	with case.acting(user):
		return set(frappe.get_list(doctype, pluck="name", limit_page_length=0, **of_parent))


def test_every_hook_of_a_list_and_of_a_document_counts(monkeypatch, world):
	"""Whoever has every role and no work sees nothing; without any one hook, what the hook keeps back."""
	user = make.make_user(*policy.STAFF_ROLES)
	documents = {doc.doctype: doc.name for doc in world.documents.values()}
	assert documents.keys() == {*policy.PROTECTED_DOCTYPES}
	for doctype, name in documents.items():
		assert listed(user, doctype) == set(), doctype
		assert not frappe.has_permission(doctype, "read", doc=name, user=user), doctype
		with left_out(monkeypatch, "permission_query_conditions", doctype):
			assert name in listed(user, doctype), doctype
		with left_out(monkeypatch, "has_permission", doctype):
			assert frappe.has_permission(doctype, "read", doc=name, user=user), doctype


@pytest.mark.parametrize("table", policy.PROTECTED_TABLES)
def test_every_hook_of_a_child_table_counts(monkeypatch, table):
	user = make.make_user(*policy.STAFF_ROLES)
	for parent in policy.PROTECTED_TABLES[table]:
		name = opaque_name()
		row = {"doctype": table, "parenttype": parent, "parent": opaque_name(), "parentfield": "x"}
		frappe.get_doc({**row, "name": name}).db_insert()
		assert listed(user, table, parent) == set(), parent
		with left_out(monkeypatch, "permission_query_conditions", table):
			assert name in listed(user, table, parent), parent


def test_a_row_opens_with_the_form_that_it_names(team):
	"""Names are opaque, and nothing keeps two forms from having a document of the same name."""
	concern, name = case.make_concern(team), opaque_name()
	row = {"doctype": "Concern Topic Item", "name": name, "parent": concern.name, "parentfield": "topics"}
	row = frappe.get_doc({**row, "parenttype": "Visit"})
	row.db_insert()
	assert name not in listed(team.educator, row.doctype, "Visit")
	row.db_set("parenttype", "Concern")
	assert name in listed(team.educator, row.doctype, "Concern")


def test_an_unknown_doctype_or_action_has_no_opener():
	assert policy.openers("ToDo") == ()
	assert policy.openers(None) == ()
	assert policy.openers("Concern", "") == ()
	for doctype in policy.PROTECTED_DOCTYPES:
		assert all(policy.openers(doctype, action) == () for action in NEVER), doctype
		assert conditions.query_condition("Guest", doctype, "print") == conditions.NOTHING


# What is open for reading only gets nothing hung on it ---------------------------------------------------------------


# Container → who may read it only, and the one of the documents that it is for him or her.
READ_ONLY = {
	"Family": ("breaker", "family"),
	"Child": ("breaker", "child"),
	"Concern": ("breaker", "concern"),
	"Support Period": ("counsellor", "sibling's period"),
	"Network Meeting": ("counsellor", "meeting"),
}
# On what each hangs, once more by hand.
HUNG = {
	("Child", "family", "Family"),
	("Concern", "child", "Child"),
	("Support Period", "child", "Child"),
	("Support Period", "concern", "Concern"),
	("Visit", "support_period", "Support Period"),
	("Cooperation Consent", "child", "Child"),
	("Referral", "child", "Child"),
	("Child Plan", "child", "Child"),
	("Network Meeting", "child", "Child"),
	("Network Meeting", "concern", "Concern"),
	("Network Meeting Filing", "network_meeting", "Network Meeting"),
}
# Of the social services: there is no reader to keep off, because each opens by the own work on which it hangs.
HUNG_IN_THE_REGISTER = {
	("Needs Assessment", "referral", "Referral"),
	("Needs Assessment", "support_period", "Support Period"),
	("Needs Assessment", "client_relationship", "Client Relationship"),
	("Client Relationship", "referral", "Referral"),
	("Client Relationship", "support_period", "Support Period"),
	("Support Plan", "client_relationship", "Client Relationship"),
	("Plan Review", "support_plan", "Support Plan"),
}
# What is hung on a child that is open for reading only, by whoever may make it for the family.
ON_READABLE = ("Cooperation Consent", "Referral")
NOBODY_MAKES = ("Access Grant", "Network Meeting Filing")


def test_every_container_counts(monkeypatch, world):
	"""What hangs on a document is made by whoever has it in his or her own work; without the line, by every reader."""
	hung = {(doctype, *on) for doctype, of in policy.CONTAINERS.items() for on in of.items()}
	assert hung == HUNG | HUNG_IN_THE_REGISTER
	for doctype, field, container in HUNG:
		who, what = READ_ONLY[container]
		user, name = world.people[who], world.documents[what].name
		new = frappe.get_doc({"doctype": doctype, field: name})
		assert conditions.is_open(container, name, user), (doctype, field)
		assert not conditions.has_permission(new, "create", user), (doctype, field)
		assert conditions._containers_open(new, user, {}) is (doctype in ON_READABLE), (doctype, field)
		# Hung on nothing else than before, it stays where it is.
		assert conditions._containers_open(new, user, {field: name}), (doctype, field)
		others = {key: on for key, on in policy.CONTAINERS[doctype].items() if key != field}
		with monkeypatch.context() as patch:
			patch.setitem(policy.CONTAINERS, doctype, others)
			makes_it = conditions.has_permission(new, "create", user)
			assert makes_it is (doctype not in NOBODY_MAKES), (doctype, field)


@pytest.mark.parametrize("who", ["counsellor", "breaker"])
def test_a_child_cannot_be_hung_on_a_family_that_was_only_granted(who, world):
	"""Else the family would stay open for good, through the child in the own unit."""
	user, unit = world.people[who], make.make_unit()
	make.make_assignment(user, "Early Educator", unit=unit)
	child = {"first_names": "Uusi", "last_name": "Lapsi", "birth_date": make.days(-1500), "unit": unit}
	with case.acting(user), pytest.raises(frappe.PermissionError):
		frappe.get_doc({"doctype": "Child", "family": world.documents["family"].name, **child}).insert()


def test_the_name_of_an_own_child_hangs_no_new_one_on_a_granted_family(world):
	"""Frappe asks for the right to make it under the name that was sent, which is another document's."""
	user, unit = world.people["counsellor"], make.make_unit()
	make.make_assignment(user, "Early Educator", unit=unit)
	own = make.make_child(unit=unit)
	child = {"first_names": "Uusi", "last_name": "Lapsi", "birth_date": make.days(-1500), "unit": unit}
	sent = {"doctype": "Child", "name": own, "family": world.documents["family"].name, **child}
	with case.acting(user), pytest.raises(frappe.PermissionError):
		frappe.get_doc(sent).insert()


@pytest.mark.parametrize("who", ["counsellor", "breaker"])
def test_nothing_is_raised_about_a_child_whose_family_was_only_granted(who, world):
	make.make_assignment(world.people[who], "Early Educator", unit=make.make_unit())
	with case.acting(world.people[who]), pytest.raises(frappe.PermissionError):
		frappe.get_doc(
			{"doctype": "Concern", "child": world.documents["child"].name, "observation": "x"}
		).insert()


def test_a_visit_is_planned_in_the_own_period_only(world):
	values = {"doctype": "Visit", "visit_date": make.days(0), "place": "Unit"}
	user, period = world.people["counsellor"], world.documents["sibling's period"]
	with case.acting(user), pytest.raises(frappe.PermissionError):
		frappe.get_doc({**values, "support_period": period.name}).insert()
	# As staff of the unit one may write the colleague's period, and still plans no visit in it.
	make.make_assignment(user, "Early Educator", unit=period.unit)
	assert frappe.has_permission("Support Period", "write", doc=period.name, user=user)
	with case.acting(user), pytest.raises(frappe.PermissionError):
		frappe.get_doc({**values, "support_period": period.name}).insert()


def test_a_colleagues_period_is_not_moved(api, world):
	period = world.documents["sibling's period"]
	answer = api(world.people["counsellor"]).put(
		f"/api/resource/Support Period/{period.name}", json={"workflow_state": "Follow-up"}
	)
	assert answer.status_code == 403
	assert frappe.db.get_value("Support Period", period.name, "workflow_state") == "Under Way"


# A doctype without a policy ------------------------------------------------------------------------------------------


def make_form(**values) -> None:
	field = {"fieldname": "child", "fieldtype": "Link", "options": "Child", "label": "Child"}
	doc = {"doctype": "DocType", "name": "ES Odd Form", "module": "Early Support", "custom": 1}
	frappe.get_doc({**doc, "fields": [field], "permissions": [], **values}).db_insert()
	row = {"doctype": "DocField", "parent": "ES Odd Form", "parenttype": "DocType", "parentfield": "fields"}
	frappe.get_doc({**row, **field}).db_insert()


def test_the_site_has_a_policy_for_every_case_doctype():
	check_policies()


def test_a_case_doctype_without_a_policy_stops_the_migration():
	from early_support.setup import install

	make_form()
	with pytest.raises(DoctypeWithoutPolicy, match=r"ES Odd Form.*policy\.py"):
		install.after_migrate()
	with pytest.raises(DoctypeWithoutPolicy, match="ES Odd Form"):
		install.after_install()
	assert "early_support.setup.install.after_migrate" in frappe.get_hooks(
		"after_migrate", app_name="early_support"
	)
