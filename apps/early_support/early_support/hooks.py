from early_support.access.doors.tables import READ_BY_ADMINISTRATOR, WRITTEN_BY_PEOPLE
from early_support.access.doors.wiring import NOTE_CONDITIONS, NOTE_PERMISSIONS, OVERRIDES, with_doors
from early_support.access.policy import HAS_PERMISSION, QUERY_CONDITIONS, WORKFLOW_DOCTYPES

# The access log, which people read only in its report.
CLOSED_DOCTYPES = ("Case Access Log", "Case Access Log Head")

app_name = "early_support"
app_title = "Early Support"
app_publisher = "Early Support contributors"
app_description = "Early-support family work in day care, for Finnish municipalities"
app_email = "early-support@example.invalid"
app_license = "MIT"

after_install = "early_support.setup.install.after_install"
after_migrate = [
	"early_support.setup.install.after_migrate",
	"early_support.privacy.append_only.prepare",
]
before_uninstall = "early_support.setup.uninstall.before_uninstall"

app_logo_url = "/assets/early_support/images/early-support.svg"

app_include_js = "early_support.bundle.js"
app_include_css = "early_support.bundle.css"

extend_bootinfo = [
	"early_support.access.break_glass.extend_bootinfo",
	"early_support.access.doors.menu.extend_bootinfo",
	"early_support.drafts.keys.extend_bootinfo",
	"early_support.casework.titles.extend_bootinfo",
	"early_support.forms.suggest.extend_bootinfo",
	"early_support.forms.packs.extend_bootinfo",
]

permission_query_conditions = (
	QUERY_CONDITIONS
	| NOTE_CONDITIONS
	| dict.fromkeys(READ_BY_ADMINISTRATOR, "early_support.access.doors.maintenance.rows")
	| dict.fromkeys(CLOSED_DOCTYPES, "early_support.privacy.append_only.log_rows")
	| {
		"Legal Hold": "early_support.privacy.rights.hold_rows",
		"Subject Access Export": "early_support.privacy.rights.export_rows",
		"Guidance Count": "early_support.recording.rights.count_rows",
		"Report Run": "early_support.export.rights.run_rows",
		"Unit Event": "early_support.season.rights.event_rows",
		"Meeting Slot": "early_support.season.rights.slot_rows",
	}
)
has_permission = (
	HAS_PERMISSION
	| NOTE_PERMISSIONS
	| dict.fromkeys(READ_BY_ADMINISTRATOR, "early_support.access.doors.maintenance.has_permission")
	| dict.fromkeys(CLOSED_DOCTYPES, "early_support.privacy.append_only.has_permission")
	| dict.fromkeys(("Legal Hold", "Subject Access Export"), "early_support.privacy.rights.has_permission")
	| {
		"Guidance Count": "early_support.recording.rights.has_permission",
		"Unit Event": "early_support.season.rights.has_permission",
		"Form Change Request": "early_support.forms.rights.has_permission",
		"Report Run": "early_support.export.rights.has_permission",
	}
)

before_request = [
	"early_support.access.doors.maintenance.refuse_request",
	"early_support.access.doors.entrance.install",
	"early_support.access.doors.prepared.install",
	"early_support.access.doors.queries.install",
	"early_support.access.doors.redirects.stay",
	"early_support.access.doors.reports.install",
	"early_support.access.doors.rows.install",
	"early_support.privacy.failures.install",
	"early_support.privacy.watch.begin",
]
after_request = "early_support.privacy.watch.finish"
before_job = [
	"early_support.access.doors.prepared.install",
	"early_support.access.doors.queries.install",
	"early_support.access.doors.reports.install",
	"early_support.access.doors.rows.install",
]

doc_events = (
	{
		doctype: {
			"onload": "early_support.workflow_guard.guard.tell_moves",
			"validate": "early_support.workflow_guard.guard.on_validate",
			"before_submit": "early_support.workflow_guard.guard.refuse_docstatus",
			"before_cancel": "early_support.workflow_guard.guard.refuse_docstatus",
			"before_discard": "early_support.workflow_guard.guard.refuse_docstatus",
			"on_trash": "early_support.workflow_guard.guard.on_trash",
			"before_rename": "early_support.workflow_guard.guard.refuse_rename",
		}
		for doctype in WORKFLOW_DOCTYPES
	}
	| {
		doctype: {"validate": "early_support.casework.anonymity.refuse_notes"}
		for doctype in WRITTEN_BY_PEOPLE
	}
	| {
		"Workflow": {
			"before_validate": "early_support.workflow_guard.administration.check_workflow",
			"on_trash": "early_support.workflow_guard.administration.keep_workflow",
			"before_rename": "early_support.workflow_guard.administration.keep_workflow",
		},
	}
	| {
		doctype: {
			"on_trash": "early_support.workflow_guard.administration.keep_part",
			"before_rename": "early_support.workflow_guard.administration.keep_part",
		}
		for doctype in ("Workflow State", "Workflow Action Master")
	}
	| {
		doctype: {
			"validate": "early_support.workflow_guard.administration.refuse_own_row",
			"on_trash": "early_support.workflow_guard.administration.refuse_own_row",
		}
		for doctype in ("Workflow Document State", "Workflow Transition")
	}
	| {
		"Custom Field": {
			"validate": [
				"early_support.casework.anonymity.refuse_person_fields",
				"early_support.forms.by_hand.check_field",
			],
			"before_validate": "early_support.forms.by_hand.changed",
			"on_update": "early_support.forms.by_hand.changed",
			"on_trash": [
				"early_support.forms.by_hand.keep_answers",
				"early_support.forms.by_hand.check_gone",
				"early_support.forms.by_hand.gone",
			],
		},
		"Property Setter": {
			"before_validate": [
				"early_support.forms.by_hand.check_setter",
				"early_support.forms.by_hand.changed",
			],
			"on_update": "early_support.forms.by_hand.changed",
			"on_trash": [
				"early_support.forms.by_hand.check_gone",
				"early_support.forms.by_hand.gone",
			],
		},
	}
)

# Last, so that the side doors are asked first.
doc_events = with_doors(doc_events)

override_whitelisted_methods = OVERRIDES
override_doctype_class = {
	"Customize Form": "early_support.access.doors.forms.CheckedForm",
	"File": "early_support.access.doors.files.CaseFile",
	"RQ Job": "early_support.access.doors.jobs.CaseJob",
}

scheduler_events = {
	"daily": [
		"early_support.access.doors.shares.check_daily",
		"early_support.forms.changes.publish_due",
		"early_support.casework.consents.end_expired",
		"early_support.privacy.purge.enqueue_daily",
		"early_support.privacy.subject_access.remove_expired",
		"early_support.recording.turn.enqueue_daily",
		"early_support.export.leftovers.remove_daily",
	],
	"daily_long": ["early_support.privacy.log_check.daily"],
	# In the morning, when people come to work; the job itself looks whether it is a working day.
	"cron": {
		"0 6 * * *": ["early_support.reminders.enqueue_daily"],
		"*/5 * * * *": ["early_support.export.rounds.enqueue"],
	},
}
