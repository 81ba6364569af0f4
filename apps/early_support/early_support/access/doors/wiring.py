"""What hooks.py tells Frappe about the side doors. Pure: imports no Frappe."""

from early_support.access.doors.tables import CARRIERS, MADE_BY_ADMINISTRATORS, NOTES, WRITTEN_BY_PEOPLE

DOORS = "early_support.access.doors"


def rows_function(doctype: str) -> str:
	"""Return the name, in `notes`, of the function which Frappe calls for a list of `doctype`."""
	return f"{doctype.lower().replace(' ', '_')}_rows"


NOTE_CONDITIONS = {doctype: f"{DOORS}.notes.{rows_function(doctype)}" for doctype in NOTES}
NOTE_PERMISSIONS = dict.fromkeys(NOTES, f"{DOORS}.notes.has_permission")

# A function of Frappe → the one of `methods` that answers in its place.
OVERRIDES = {
	path: f"{DOORS}.methods.{name}"
	for path, name in {
		"frappe.client.get_count": "get_count",
		"frappe.client.validate_link": "validate_link",
		"frappe.core.api.file.unzip_file": "unzip_file",
		"frappe.core.api.file.zip_files": "zip_files",
		"frappe.core.doctype.file.file.unzip_file": "unzip_file",
		"frappe.core.doctype.file.file.zip_files": "zip_files",
		"frappe.core.doctype.access_log.access_log.make_access_log": "make_access_log",
		"frappe.core.doctype.user_permission.user_permission.get_user_permissions": "get_user_permissions",
		"frappe.core.page.permission_manager.permission_manager.update": "update_right",
		"frappe.desk.reportview.get_count": "get_list_count",
		"frappe.desk.doctype.event.event.get_events": "get_events",
		"frappe.desk.doctype.notification_log.notification_log.mark_as_read": "mark_as_read",
		"frappe.desk.doctype.notification_settings.notification_settings.set_seen_value": "set_seen_value",
		"frappe.desk.form.assign_to.add": "assign",
		"frappe.desk.form.assign_to.close": "close_assignment",
		"frappe.desk.form.assign_to.remove": "unassign",
		"frappe.desk.form.utils.add_comment": "add_comment",
		"frappe.desk.form.utils.get_next": "get_next",
		"frappe.desk.like.toggle_like": "toggle_like",
		"frappe.desk.listview.get_group_by_count": "get_group_by_count",
		"frappe.desk.notifications.get_open_count": "get_open_count",
		"frappe.desk.query_report.run": "run_report",
		"frappe.desk.search.get_link_title": "get_link_title",
		"frappe.desk.search.search_link": "search_link",
		"frappe.desk.search.search_widget": "search_widget",
		"frappe.realtime.can_subscribe_doctype": "can_subscribe_doctype",
		"frappe.realtime.has_permission": "can_enter_room",
		"frappe.utils.global_search.search": "global_search",
		"frappe.www.printview.get_html_and_style": "get_html_and_style",
		"frappe.www.printview.get_rendered_raw_commands": "get_rendered_raw_commands",
	}.items()
}

SCRIPTS = ("Client Script", "Server Script")
# What is filled in by Jinja, which can call Frappe. Notifications, too.
TEMPLATES = ("Address Template", "Email Template", "Letter Head", "Newsletter", "Print Format", "Web Page")
# Frappe stores and deletes rows one by one, too: none of what they belong to is asked then. Those of a user that say who
# somebody is or may be, and those of a DocType, of which `maintenance` keeps the storing.
ROWS_OF_ACCOUNTS = ("Has Role", "User Social Login")
ROWS_OF_FORMS = ("DocField", "DocPerm")

# Doctype of Frappe → what is asked of it on validate, before what others ask.
VALIDATE = {
	**{doctype: [f"{DOORS}.carriers.refuse"] for doctype in CARRIERS},
	**{doctype: [f"{DOORS}.notes.on_validate"] for doctype in WRITTEN_BY_PEOPLE},
	**{doctype: [f"{DOORS}.programs.refuse_script"] for doctype in SCRIPTS},
	**{doctype: [f"{DOORS}.programs.refuse_calls"] for doctype in TEMPLATES},
	"Auto Email Report": [f"{DOORS}.carriers.refuse_mailed_report"],
	"Communication": [f"{DOORS}.notes.on_validate", f"{DOORS}.carriers.refuse_mail"],
	"Email Account": [f"{DOORS}.carriers.refuse", f"{DOORS}.carriers.refuse_mailbox"],
	"Custom DocPerm": [f"{DOORS}.carriers.refuse_right"],
	"Custom Field": [f"{DOORS}.carriers.refuse_field", f"{DOORS}.programs.refuse_field"],
	"Notification": [f"{DOORS}.programs.refuse_calls", f"{DOORS}.carriers.refuse_content"],
	"Notification Log": [f"{DOORS}.notes.say_nothing"],
	"Report": [
		f"{DOORS}.programs.refuse_query",
		f"{DOORS}.carriers.refuse_report",
		f"{DOORS}.prepared.refuse",
	],
	"User": [f"{DOORS}.users.on_validate", f"{DOORS}.carriers.follow_nothing"],
	"Workspace": [f"{DOORS}.programs.refuse_filters"],
}

BEFORE_VALIDATE = {
	**{doctype: [f"{DOORS}.carriers.refuse_to_staff"] for doctype in MADE_BY_ADMINISTRATORS},
	# Before Frappe's own validate, which moves the file on the disk, where no rollback would bring it back, and takes the
	# password out of the user.
	"File": [f"{DOORS}.notes.keep_private"],
	# Before Frappe's own validate, which forgets the form that these look up.
	"Property Setter": [
		f"{DOORS}.keys.keep_setter",
		f"{DOORS}.carriers.refuse_property",
		f"{DOORS}.programs.refuse_property",
	],
	# Before Frappe's own validate, which takes the markup out of the source.
	"Translation": [f"{DOORS}.markup.refuse_added"],
	"User": [f"{DOORS}.users.keep_secrets"],
	"Custom DocPerm": [f"{DOORS}.keys.keep_level"],
	**{doctype: [f"{DOORS}.keys.keep_row"] for doctype in ROWS_OF_ACCOUNTS},
	"*": [f"{DOORS}.maintenance.refuse", f"{DOORS}.carriers.refuse_reference", f"{DOORS}.markup.check"],
}

ON_TRASH = {
	"Property Setter": [f"{DOORS}.keys.keep_setter"],
	**{doctype: [f"{DOORS}.keys.keep_row"] for doctype in ROWS_OF_FORMS},
}

BEFORE_RENAME = {
	"DocType": [f"{DOORS}.maintenance.refuse_rename"],
	"User": [f"{DOORS}.users.keep_account"],
}


def with_doors(doc_events: dict[str, dict]) -> dict[str, dict]:
	"""Return `doc_events` with the checks of the side doors before those which are there already."""
	joined = {doctype: dict(events) for doctype, events in doc_events.items()}
	for event, checks in (
		("validate", VALIDATE),
		("before_validate", BEFORE_VALIDATE),
		("on_trash", ON_TRASH),
		("before_rename", BEFORE_RENAME),
	):
		for doctype, asked in checks.items():
			events = joined.setdefault(doctype, {})
			there = events.get(event, [])
			events[event] = [*asked, *([there] if isinstance(there, str) else there)]
	return joined
