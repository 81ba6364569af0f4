"""Which doctypes are protected, by what they open, and for which actions. Pure: imports no Frappe.

Access fails closed: a user sees a row only if one of the openers of its doctype opens it, and does with it only what
that opener gives (design.md §4). An opener is a kind of assignment (the unit in which somebody works) or a kind of grant
(a family that was given to somebody for a time, access/grants.py). Area directors, the management group, reporting
officers, form administrators and System Managers have none. The same table feeds the lists and the documents
(access/conditions.py).
"""

from collections.abc import Collection, Mapping
from typing import NamedTuple

# Roles -------------------------------------------------------------------------------------------------------------

EDUCATORS = ("Early Educator", "Special Needs Educator")
UNIT_STAFF_ROLES = (*EDUCATORS, "Unit Director")
COUNSELLOR_ROLES = ("Family Counsellor",)
SOCIAL_WORKER_ROLES = ("Social Worker",)
# Who works in a register that is kept apart from that of the day care units: to them families are handed over, and what is
# filed for a controller opens only where they work for it, with a running grant of the family (703/2023, 9 § and 13 §).
REGISTER_ROLES = (*COUNSELLOR_ROLES, *SOCIAL_WORKER_ROLES)
STAFF_ROLES = (
	*UNIT_STAFF_ROLES,
	"Area Director",
	"Management Group",
	*COUNSELLOR_ROLES,
	"Social Worker",
	"Form Administrator",
	"Reporting Officer",
	"Privacy Officer",
)

# Whose work is with families. Only they may open one in an emergency (access/break_glass.py).
CASEWORK_ROLES = (*UNIT_STAFF_ROLES, *COUNSELLOR_ROLES, "Social Worker")
PRIVACY_ROLES = ("Privacy Officer",)

# What a liaison of each side of the co-operation must be (domain.md §1).
LIAISON_ROLES = {"Day Care": UNIT_STAFF_ROLES, "Family Counselling": COUNSELLOR_ROLES}

# Doctypes ----------------------------------------------------------------------------------------------------------

# Casework that moves through a workflow.
GUARDED_DOCTYPES = (
	"Concern",
	"Consultation",
	"Support Period",
	"Visit",
	"Cooperation Consent",
	"Referral",
	"Child Plan",
	"Network Meeting",
	"Needs Assessment",
	"Client Relationship",
	"Support Plan",
	"Plan Review",
)

# Names nobody, but moves through a workflow as casework does: what is suggested, decided and published of the forms.
FORM_CHANGES = ("Form Change Request",)

# Hold figures and lists of files, and move through a workflow: what is reported to other systems (export/rights.py).
REPORTS = ("Report Run",)

# Whatever moves through a guarded workflow.
WORKFLOW_DOCTYPES = (*GUARDED_DOCTYPES, *FORM_CHANGES, *REPORTS)

# Child tables of protected doctypes: Frappe filters none of their rows by itself (frappe.md §2).
PROTECTED_TABLES = {
	"Family Guardian": ("Family",),
	"Visit Participant": ("Visit",),
	"Concern Topic Item": ("Concern", "Consultation", "Visit"),
	"Consent Recipient": ("Cooperation Consent",),
	"Consent Section": ("Cooperation Consent",),
	"Consent Answer": ("Cooperation Consent",),
	"Referral Section": ("Referral",),
	"Child Plan Goal": ("Child Plan",),
	"Child Plan Service": ("Child Plan",),
	"Network Participant": ("Network Meeting", "Network Meeting Filing"),
	"Network Action": ("Network Meeting", "Network Meeting Filing"),
	"Assessment Participant": ("Needs Assessment",),
	"Assessment Service": ("Needs Assessment",),
	"Plan Goal": ("Support Plan",),
	"Plan Review Goal": ("Plan Review",),
}

# Openers -----------------------------------------------------------------------------------------------------------

UNIT_STAFF = "unit_staff"  # works in the unit; the child has not left it
LIAISON = "liaison"  # the family counsellor whom the unit consults
NEW_FAMILY = "new_family"  # made the family, which has no child yet
OWN_PERIOD = "own_period"  # the counsellor of the very support period on which the grant of the family stands
OWN_REFERRAL = "own_referral"  # the receiver of the very referral on which the grant stands
OWN_RELATIONSHIP = (
	"own_relationship"  # the own worker of the very client relationship on which the grant stands
)
OWN_REGISTER = (
	"own_register"  # works for the register controller for whom it was filed, and holds a grant of the family
)
OWN_ASSESSMENT = "own_assessment"  # assesses the very need on which the grant stands, or was asked to join
OWN_CLIENT = (
	"own_client"  # is the own worker of that very child today, in the register in which it was recorded
)
PRIVACY_OFFICER = "privacy_officer"  # watches over who was given what in the own register

# The kinds of Access Grant. Each opens the family it names, with all of its children and their casework: a grant "gives
# a user a family" (design.md §4), because the work is with the family. So a counsellor with an agreed period reads also
# the siblings' cases and earlier ones, and writes only in the period which is his or her own (OWN_PERIOD).
SUPPORT_PERIOD = "Support Period"  # the parents have agreed to work with the counsellor
REFERRAL = "Referral"  # the family is handed over to the user: opens the referral itself and nothing else of the family
# The user assesses what a child of the family needs: opens the family's assessments in the own register, and no other
# document of the family.
NEEDS_ASSESSMENT = "Needs Assessment"
CLIENT_RELATIONSHIP = "Client Relationship"  # the user is the own worker of a child of the family
BREAK_GLASS = "Break Glass"  # an emergency: a written reason, three hours, reading only

# A grant is not enough: its holder must work in one of these roles today. kind → roles
GRANT_KINDS = {
	SUPPORT_PERIOD: COUNSELLOR_ROLES,
	REFERRAL: REGISTER_ROLES,
	NEEDS_ASSESSMENT: REGISTER_ROLES,
	CLIENT_RELATIONSHIP: REGISTER_ROLES,
	BREAK_GLASS: CASEWORK_ROLES,
}

# The doctypes because of which a grant is given: its register is theirs.
GRANT_SOURCES = ("Support Period", "Referral", "Needs Assessment", "Client Relationship", "Child")

# The kinds that open the family. A referral tells its receiver what the guardians have consented to, and nothing else.
FAMILY_GRANTS = (SUPPORT_PERIOD, CLIENT_RELATIONSHIP, BREAK_GLASS)

# Actions, by the names that Frappe has for them. Whatever else it asks for (print, report, export, import, email, share,
# delete, submit …, and what a later version may invent) is given by no opener to anybody.
READ = ("read",)
WRITE = ("read", "write")
CREATE = ("read", "write", "create")
BEGIN = ("create",)  # of what somebody begins and then has by another opener
ACTIONS = CREATE

# doctype → {opener: actions}
OPENS: dict[str, dict[str, tuple[str, ...]]] = {
	"Family": {
		UNIT_STAFF: CREATE,
		NEW_FAMILY: WRITE,
		SUPPORT_PERIOD: READ,
		CLIENT_RELATIONSHIP: READ,
		BREAK_GLASS: READ,
	},
	"Child": {
		UNIT_STAFF: CREATE,
		SUPPORT_PERIOD: READ,
		CLIENT_RELATIONSHIP: READ,
		BREAK_GLASS: READ,
	},
	"Concern": {
		UNIT_STAFF: CREATE,
		SUPPORT_PERIOD: READ,
		BREAK_GLASS: READ,
	},
	"Consultation": {
		UNIT_STAFF: CREATE,
		LIAISON: WRITE,
	},
	"Support Period": {
		UNIT_STAFF: CREATE,
		OWN_PERIOD: WRITE,
		SUPPORT_PERIOD: READ,
		BREAK_GLASS: READ,
	},
	"Visit": {
		UNIT_STAFF: READ,
		OWN_PERIOD: CREATE,
		SUPPORT_PERIOD: READ,
		BREAK_GLASS: READ,
	},
	"Cooperation Consent": {
		UNIT_STAFF: CREATE,
		SUPPORT_PERIOD: CREATE,
		BREAK_GLASS: READ,
	},
	"Referral": {
		UNIT_STAFF: CREATE,
		SUPPORT_PERIOD: CREATE,
		OWN_REFERRAL: WRITE,
		BREAK_GLASS: READ,
	},
	# Secret (early education act 40 §), and none of the parents' word for a support period: what a counsellor gets of it
	# travels by their consent.
	"Child Plan": {
		UNIT_STAFF: CREATE,
		BREAK_GLASS: READ,
	},
	"Network Meeting": {
		UNIT_STAFF: CREATE,
		SUPPORT_PERIOD: READ,
		BREAK_GLASS: READ,
	},
	# One filing for each register controller. The staff of the unit find theirs by the unit, which others have not.
	"Network Meeting Filing": {
		UNIT_STAFF: READ,
		OWN_REGISTER: READ,
	},
	# Of the social services. No opener of the education register leads to it: not the unit's staff, nor a broken glass, nor a
	# running support period. It begins with a referral, a period or a client of one's own.
	"Needs Assessment": {
		OWN_PERIOD: BEGIN,
		OWN_REFERRAL: BEGIN,
		OWN_RELATIONSHIP: BEGIN,
		OWN_ASSESSMENT: WRITE,
		NEEDS_ASSESSMENT: READ,
		# What a plan is made from.
		OWN_CLIENT: READ,
	},
	# Begun by whoever receives the family, or works with it; from then on its own worker's.
	"Client Relationship": {
		OWN_PERIOD: BEGIN,
		OWN_REFERRAL: BEGIN,
		OWN_RELATIONSHIP: WRITE,
		CLIENT_RELATIONSHIP: READ,
	},
	"Support Plan": {
		OWN_RELATIONSHIP: CREATE,
		CLIENT_RELATIONSHIP: READ,
	},
	"Plan Review": {
		OWN_RELATIONSHIP: CREATE,
		CLIENT_RELATIONSHIP: READ,
	},
	"Access Grant": {
		PRIVACY_OFFICER: READ,
	},
}

# Everything with rows that only some of the staff may see.
PROTECTED_DOCTYPES = tuple(OPENS)


def openers(doctype: str | None, action: str | None = "read") -> tuple[str, ...]:
	"""Return the openers of `doctype` that give `action`: none for a doctype or an action that the table does not know.

	Frappe asks for None when it wants to know whether a document is open at all, and for "select" where a link field
	offers it: both are as good as reading.
	"""
	action = "read" if action in (None, "select") else action
	return tuple(opener for opener, actions in OPENS.get(doctype, {}).items() if action in actions)


def is_kept_apart(doctype: str) -> bool:
	"""Tell whether casework stands in the register of whoever does the work, and not in that of the child's unit.

	That is what opens to no staff of a unit. It keeps its register controller wherever the child goes (703/2023, 13 §).
	"""
	return UNIT_STAFF not in OPENS[doctype]


# Casework of the units. It carries the service area of its unit, by which the lists of who works in many units are read
# (access/denormalise.py, access/indexes.py).
OF_UNITS = tuple(doctype for doctype in GUARDED_DOCTYPES if not is_kept_apart(doctype))

# Which protected documents a document hangs on: doctype → {field: doctype of the container}. Whoever makes a document,
# or hangs it elsewhere, must be able to write its containers: what is open for reading only gets nothing added to it, and
# a child cannot be hung on a family in order to keep the family.
CONTAINERS = {
	"Family": {},
	"Child": {"family": "Family"},
	"Concern": {"child": "Child"},
	"Consultation": {},
	"Support Period": {"child": "Child", "concern": "Concern"},
	"Visit": {"support_period": "Support Period"},
	"Cooperation Consent": {"child": "Child"},
	"Referral": {"child": "Child"},
	"Child Plan": {"child": "Child"},
	"Network Meeting": {"child": "Child", "concern": "Concern"},
	"Network Meeting Filing": {"network_meeting": "Network Meeting"},
	"Needs Assessment": {
		"referral": "Referral",
		"support_period": "Support Period",
		"client_relationship": "Client Relationship",
	},
	"Client Relationship": {"referral": "Referral", "support_period": "Support Period"},
	"Support Plan": {"client_relationship": "Client Relationship"},
	"Plan Review": {"support_plan": "Support Plan"},
	"Access Grant": {},
}

# Of these, what may be hung on a document that is open for reading only: the counsellor who works with a family asks for
# its consent and refers it, though the child belongs to its unit.
HUNG_ON_READABLE = ("Cooperation Consent", "Referral", "Needs Assessment")

# New documents of these doctypes stand or fall with their unit, in which the user must work.
UNIT_DECIDES = ("Child", "Consultation")

# About families too, but opened by no assignment and no grant: nobody lists the log (privacy/append_only.py), and the
# package of a child's data is the Privacy Officer's alone, by the rights of its form (tests/test_lint__doctypes.py).
RULED_ELSEWHERE = ("Case Access Log", "Subject Access Export")

# Completeness ------------------------------------------------------------------------------------------------------


class Doctype(NamedTuple):
	"""What the check below needs to know of a doctype: its name, whether it is a child table, its fields and links."""

	name: str
	is_table: bool
	fields: Collection[str]
	links: Mapping[str, str]  # field → doctype
	tables: Collection[str] = ()  # child tables


def without_policy(doctypes: Collection[Doctype]) -> list[str]:
	"""Return the doctypes that are about a family, or move through a workflow in a unit, and have no place in this table.

	Also child tables of protected doctypes that are not in PROTECTED_TABLES with each of their parents.
	"""
	missing = {
		doc.name
		for doc in doctypes
		if not doc.is_table and _is_case(doc) and not OPENS.get(doc.name) and doc.name not in RULED_ELSEWHERE
	}
	for doc in doctypes:
		if doc.name in OPENS:
			missing |= {table for table in doc.tables if doc.name not in PROTECTED_TABLES.get(table, ())}
	return sorted(missing)


def _is_case(doc: Doctype) -> bool:
	fields = set(doc.fields)
	return (
		{"workflow_state", "unit"} <= fields
		or not fields.isdisjoint({"child", "family"})
		or not set(doc.links.values()).isdisjoint(PROTECTED_DOCTYPES)
	)


# Hooks -------------------------------------------------------------------------------------------------------------

CONDITIONS = "early_support.access.conditions"

# One function each: the Frappe of the trial bench does not tell the hook which doctype is listed.
QUERY_CONDITIONS = {
	doctype: f"{CONDITIONS}.{doctype.lower().replace(' ', '_')}_rows"
	for doctype in (*PROTECTED_DOCTYPES, *PROTECTED_TABLES)
}
# Casework is also closed to whoever may not write in the state in which it stands.
HAS_PERMISSION = dict.fromkeys(PROTECTED_DOCTYPES, f"{CONDITIONS}.has_permission") | dict.fromkeys(
	GUARDED_DOCTYPES, "early_support.workflow_guard.guard.has_permission"
)
