from early_support.access.policy import GUARDED_DOCTYPES, PROTECTED_DOCTYPES

app_name = "early_support"
app_title = "Early Support"
app_publisher = "Early Support contributors"
app_description = "Early-support family work in day care, for Finnish municipalities"
app_email = "early-support@example.invalid"
app_license = "MIT"

after_install = "early_support.setup.install.after_install"
before_uninstall = "early_support.setup.uninstall.before_uninstall"

app_include_js = "early_support.bundle.js"
app_include_css = "early_support.bundle.css"

permission_query_conditions = {
	doctype: "early_support.access.conditions.query_condition" for doctype in PROTECTED_DOCTYPES
}
has_permission = {doctype: "early_support.access.conditions.has_permission" for doctype in PROTECTED_DOCTYPES}

doc_events = {
	doctype: {
		"validate": "early_support.workflow_guard.guard.on_validate",
		"on_trash": "early_support.workflow_guard.guard.on_trash",
	}
	for doctype in GUARDED_DOCTYPES
}
