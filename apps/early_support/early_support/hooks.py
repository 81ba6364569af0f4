from early_support.access.policy import GUARDED_DOCTYPES, HAS_PERMISSION, QUERY_CONDITIONS

app_name = "early_support"
app_title = "Early Support"
app_publisher = "Early Support contributors"
app_description = "Early-support family work in day care, for Finnish municipalities"
app_email = "early-support@example.invalid"
app_license = "MIT"

after_install = "early_support.setup.install.after_install"
before_uninstall = "early_support.setup.uninstall.before_uninstall"

app_logo_url = "/assets/early_support/images/early-support.svg"

app_include_js = "early_support.bundle.js"
app_include_css = "early_support.bundle.css"

before_request = "early_support.privacy.failures.install"

permission_query_conditions = QUERY_CONDITIONS
has_permission = HAS_PERMISSION

doc_events = (
	{
		doctype: {
			"validate": "early_support.workflow_guard.guard.on_validate",
			"before_submit": "early_support.workflow_guard.guard.refuse_docstatus",
			"before_cancel": "early_support.workflow_guard.guard.refuse_docstatus",
			"before_discard": "early_support.workflow_guard.guard.refuse_docstatus",
			"on_trash": "early_support.workflow_guard.guard.on_trash",
		}
		for doctype in GUARDED_DOCTYPES
	}
	| {
		doctype: {"validate": "early_support.casework.anonymity.refuse_notes"}
		for doctype in ("Comment", "Communication", "File", "Tag Link", "ToDo")
	}
	| {
		"Custom Field": {"validate": "early_support.casework.anonymity.refuse_person_fields"},
	}
)
