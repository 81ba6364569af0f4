"""Which of Frappe's own doctypes hang on casework, or would carry it out of its rules. Pure: imports no Frappe.

Frappe asks the rules of a case document (access/conditions.py) for the document itself. What it keeps beside the
document, and what it may be told to make of it, has rules of its own, which know nothing of ours (frappe.md §2).
"""

from early_support.access import policy

# Whatever may be behind a side door: protected doctypes and their child tables.
CASEWORK = (*policy.PROTECTED_DOCTYPES, *policy.PROTECTED_TABLES)

# What Frappe keeps beside a document → the fields that say which document. Such a record opens with its document, and
# to nobody else: also not to whoever wrote it, nor to System Managers. Some exist in some versions of Frappe only.
NOTES = {
	"Access Log": ("export_from", "reference_document"),
	"Activity Log": ("reference_doctype", "reference_name"),
	"Comment": ("reference_doctype", "reference_name"),
	"Communication": ("reference_doctype", "reference_name"),
	"Deleted Document": ("deleted_doctype", "deleted_name"),
	"Document Follow": ("ref_doctype", "ref_docname"),
	"Email Queue": ("reference_doctype", "reference_name"),
	"Energy Point Log": ("reference_doctype", "reference_name"),
	"Error Log": ("reference_doctype", "reference_name"),
	"File": ("attached_to_doctype", "attached_to_name"),
	"Milestone": ("reference_type", "reference_name"),
	"Notification Log": ("document_type", "document_name"),
	"Reminder": ("reminder_doctype", "reminder_docname"),
	"Submission Queue": ("ref_doctype", "ref_docname"),
	"Tag Link": ("document_type", "document_name"),
	"ToDo": ("reference_type", "reference_name"),
	"Version": ("ref_doctype", "docname"),
	"View Log": ("reference_doctype", "reference_name"),
	"Workflow Action": ("reference_doctype", "reference_name"),
}

# Of these, what people make themselves: only beside a document that is open to them, and beside no consultation.
WRITTEN_BY_PEOPLE = ("Comment", "Communication", "Energy Point Log", "File", "Reminder", "ToDo")

# What takes documents past their rules → the field that says of which doctype. None of it exists for casework.
CARRIERS = {
	"Assignment Rule": "document_type",  # writes fields of the document into tasks, by a job
	"Auto Repeat": "reference_doctype",  # copies documents, by a job
	"Dashboard Chart": "document_type",  # its figures are cached for everybody who sees the chart
	"Data Export": "reference_doctype",
	"Data Import": "reference_doctype",
	"Document Follow": "ref_doctype",  # mails what was changed
	"Document Naming Rule": "document_type",  # names are seen by everybody, and could be made of what a field holds
	"DocShare": "share_doctype",  # opens the document past every rule
	"Document Share Key": "reference_doctype",  # opens it without a login
	"Email Account": "append_to",  # makes documents of mail
	"Energy Point Rule": "reference_doctype",
	"Milestone Tracker": "document_type",
	"Tag Link": "document_type",  # the words used as tags are shown to everybody
	"Web Form": "doc_type",  # saves without asking for rights
	"Webhook": "webhook_doctype",  # sends documents elsewhere
}

# What Frappe lets everybody make, and shows to others, runs for them or sends away: free text beside casework, which
# nobody screens and no rule of retention finds. Only administrators make it.
MADE_BY_ADMINISTRATORS = (
	"Custom HTML Block",
	"Dashboard Chart",
	"Discussion Reply",
	"Discussion Topic",
	"Event",
	"Google Calendar",
	"Google Contacts",
	"Kanban Board",
	"List Filter",
	"Note",
	"Tag",
	"Tag Link",
	"Workspace",
)

# What only Administrator stores (`maintenance`). Some exist in some versions of Frappe only.
ADMINISTRATORS_OWN = frozenset(
	{
		# runs on the server, or opens doctypes to others
		"Assignment Rule",
		"Auto Repeat",
		"DocType",
		"Energy Point Rule",
		"Notification",
		"Network Printer Settings",
		"Package",
		"Package Import",
		"Package Release",
		"Page",
		"Print Format",
		"Print Format Field Template",
		"Scheduled Job Type",
		"Scheduler Event",
		"User Type",
		"Web Form",
		"Web Page",
		"Web Template",
		# runs in the browsers of others
		"About Us Settings",
		"Address Template",
		"Blog Post",
		"Blog Settings",
		"Blogger",
		"Contact Us Settings",
		"Custom HTML Block",
		"Dashboard Chart",
		"Dashboard Chart Source",
		"DocType Layout",
		"Form Tour",
		"Help Article",
		"Navbar Settings",
		"Number Card",
		"Print Style",
		"Portal Settings",
		"Website Route Meta",
		"Website Script",
		"Website Settings",
		"Website Slideshow",
		"Website Theme",
		# sends records, mails or backups elsewhere
		"Auto Email Report",
		"Dropbox Settings",
		"Email Account",
		"Email Domain",
		"Google Drive",
		"Google Settings",
		"Newsletter",
		"Personal Data Deletion Request",
		"Personal Data Download Request",
		"Push Notification Settings",
		"S3 Backup Settings",
		"SMS Settings",
		"Slack Webhook URL",
		"Webhook",
		# signs people in
		"Connected App",
		"LDAP Settings",
		"OAuth Authorization Code",
		"OAuth Bearer Token",
		"OAuth Client",
		"OAuth Provider Settings",
		"Social Login Key",
		"Token Cache",
	}
)

# What only Administrator reads: mails with links that sign people in, tokens, what was in memory when something failed, and who
# went to which page when.
READ_BY_ADMINISTRATOR = (
	"Email Queue",
	"Error Log",
	"OAuth Authorization Code",
	"OAuth Bearer Token",
	"Route History",
	"Scheduled Job Log",
	"Token Cache",
	"Webhook Request Log",
)

# Rights that take data past the rules of rows; no role gets them on casework (also tests/test_lint__doctypes.py).
TAKING_RIGHTS = (
	"share",
	"export",
	"import",
	"email",
	"delete",
	"submit",
	"cancel",
	"amend",
	"set_user_permissions",
	"if_owner",
)

# Properties which no Customize Form may switch on for casework.
OPEN_PROPERTIES = (
	"allow_auto_repeat",
	"allow_guest_to_view",
	"allow_import",
	"autoname",
	"email_append_to",
	"has_web_view",
	"ignore_xss_filter",
	"in_global_search",
	"index_web_pages_for_search",
	"is_submittable",
	"make_attachments_public",
	"naming_rule",
	"show_preview_popup",
)
# Properties which none may switch off: a case stays that of its child, and what is changed in it stays on record.
KEPT_PROPERTIES = ("set_only_once", "track_changes")
