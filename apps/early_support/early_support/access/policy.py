"""Which doctypes are protected, and by what. Pure: imports no Frappe.

Access fails closed: a user sees a row only if one of the openers of its doctype opens it (design.md §4). Area directors,
the management group, reporting officers, form administrators, privacy officers, social workers and System Managers
open no row of these doctypes. The same table feeds the lists and the documents (access/conditions.py).
"""

# Roles -------------------------------------------------------------------------------------------------------------

EDUCATORS = ("Early Educator", "Special Needs Educator")
UNIT_STAFF_ROLES = (*EDUCATORS, "Unit Director")
COUNSELLOR_ROLES = ("Family Counsellor",)
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

# What a liaison of each side of the co-operation must be (domain.md §1).
LIAISON_ROLES = {"Day Care": UNIT_STAFF_ROLES, "Family Counselling": COUNSELLOR_ROLES}

# Doctypes ----------------------------------------------------------------------------------------------------------

# Casework that moves through a workflow.
GUARDED_DOCTYPES = ("Concern", "Consultation", "Support Period", "Visit")

# Everything with rows that only some of the staff may see.
PROTECTED_DOCTYPES = ("Family", "Child", *GUARDED_DOCTYPES)

# Child tables of protected doctypes: Frappe filters none of their rows by itself (frappe.md §2).
PROTECTED_TABLES = {
	"Family Guardian": ("Family",),
	"Visit Participant": ("Visit",),
	"Concern Topic Item": GUARDED_DOCTYPES,
}

# Openers -----------------------------------------------------------------------------------------------------------

UNIT_STAFF = "unit_staff"  # works in the unit; the child has not left it
LIAISON = "liaison"  # the family counsellor whom the unit consults
PERIOD_COUNSELLOR = "period_counsellor"  # the counsellor of a running support period of the child
NEW_FAMILY = "new_family"  # made the family, which has no child yet

OPENERS = {
	"Family": (UNIT_STAFF, PERIOD_COUNSELLOR, NEW_FAMILY),
	"Child": (UNIT_STAFF, PERIOD_COUNSELLOR),
	"Concern": (UNIT_STAFF, PERIOD_COUNSELLOR),
	"Consultation": (UNIT_STAFF, LIAISON),
	"Support Period": (UNIT_STAFF, PERIOD_COUNSELLOR),
	"Visit": (UNIT_STAFF, PERIOD_COUNSELLOR),
}

# The states in which a period opens the case to its counsellor: from the parents' word until the end.
RUNNING_STATES = ("Agreed", "Under Way", "Follow-up")

# On the day itself the screen on which the period was ended or withdrawn still opens: state → date field.
ENDING_STATES = {"Ended": "ended_on", "Withdrawn": "withdrawn_on"}

# Which protected documents a document hangs on: doctype → {field: doctype of the container}. Whoever makes a document,
# or hangs it elsewhere, must see its containers.
CONTAINERS = {
	"Family": {},
	"Child": {"family": "Family"},
	"Concern": {"child": "Child"},
	"Consultation": {},
	"Support Period": {"child": "Child", "concern": "Concern"},
	"Visit": {"support_period": "Support Period"},
}

# New documents of these doctypes stand or fall with their unit, in which the user must work.
UNIT_DECIDES = ("Child", "Consultation")

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
