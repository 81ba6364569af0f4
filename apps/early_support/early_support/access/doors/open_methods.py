"""Which whitelisted functions of Frappe the staff may call. Pure: imports no Frappe.

Frappe whitelists some 500 functions, and many ask for no right of the document that they are told about; a few put what
they are sent into SQL. The staff's desk needs some eighty, each of which was read in 15.0.0-dev, v15 and 16: it asks
Frappe for the right to the document, or tells and changes only what belongs to who asks. So these are named, and every
other one is closed to whoever is not a System Manager (`entrance`). Where a function that the desk needs asks for no
right, one of ours answers in its place (`wiring.OVERRIDES`). A name that some version does not have does no harm.
"""

# Closed to everybody: each reads or changes rows of any doctype without asking for a right, shows what others have
# asked the database, gives out stored secrets or backups, or runs a query, program or template that the client sends.
CLOSED = frozenset(
	{
		"frappe.automation.doctype.auto_repeat.auto_repeat.generate_message_preview",
		"frappe.client.get_password",
		"frappe.desk.doctype.system_console.system_console.execute_code",
		"frappe.desk.doctype.system_console.system_console.show_processlist",
		"frappe.desk.page.backups.backups.schedule_files_backup",
		"frappe.desk.query_report.get_data_for_custom_field",
		"frappe.desk.treeview.get_all_nodes",
		"frappe.email.doctype.notification.notification.Notification.preview_meets_condition",
		"frappe.email.doctype.notification.notification.Notification.preview_message",
		"frappe.email.doctype.notification.notification.Notification.preview_subject",
		"frappe.email.relink",
		"frappe.integrations.doctype.webhook.webhook.Webhook.generate_preview",
		"frappe.integrations.doctype.webhook.webhook.Webhook.preview_meets_condition",
		"frappe.integrations.doctype.webhook.webhook.Webhook.preview_request_body",
		"frappe.integrations.doctype.dropbox_settings.dropbox_settings.take_backup",
		"frappe.integrations.doctype.google_drive.google_drive.take_backup",
		"frappe.integrations.doctype.s3_backup_settings.s3_backup_settings.take_backup",
		"frappe.integrations.doctype.s3_backup_settings.s3_backup_settings.take_backups_s3",
		"frappe.model.mapper.map_docs",
		"frappe.recorder.delete",
		"frappe.recorder.export_data",
		"frappe.recorder.get",
		"frappe.recorder.import_data",
		"frappe.recorder.start",
		"frappe.recorder.stop",
		"frappe.utils.backups.fetch_latest_backups",
		"frappe.utils.backups.get_backup_encryption_key",
		"frappe.utils.goal.get_monthly_goal_graph_data",
		"frappe.website.doctype.discussion_topic.discussion_topic.submit_discussion",
		"frappe.workflow.doctype.workflow.workflow.get_workflow_state_count",
	}
)

# Open to Administrator only, of what these names begin with: it reads rows or files past the rules, or makes accounts.
FOR_ADMINISTRATOR = (
	"frappe.core.doctype.data_import.data_import.DataImport.get_preview_from_template",
	"frappe.core.doctype.data_import.data_import.get_preview_from_template",
	"frappe.core.doctype.permission_inspector.",
	"frappe.desk.doctype.bulk_update.",
	"frappe.desk.doctype.tag.tag.add_tag",
	"frappe.desk.doctype.tag.tag.remove_tag",
	"frappe.desk.form.linked_with.get",
	"frappe.desk.page.setup_wizard.",
	"frappe.email.doctype.email_group.",
	"frappe.email.doctype.notification.",
	"frappe.integrations.doctype.",
	"frappe.social.doctype.energy_point_log.",
	"frappe.website.doctype.personal_data_deletion_request.",
	"frappe.website.doctype.personal_data_download_request.",
)

# What the desk calls to show something.
STAFF_READERS = frozenset(
	{
		"frappe.apps.get_apps",
		"frappe.auth.get_logged_user",
		"frappe.client.get",
		"frappe.client.get_js",
		"frappe.client.get_list",
		"frappe.client.get_single_value",
		"frappe.client.get_value",
		"frappe.client.has_permission",
		"frappe.core.api.file.get_attached_images",
		"frappe.core.api.file.get_files_by_search_text",
		"frappe.core.api.file.get_files_in_folder",
		"frappe.core.api.file.get_max_file_size",
		"frappe.core.doctype.prepared_report.prepared_report.get_reports_in_queued_state",
		"frappe.core.doctype.session_default_settings.session_default_settings.get_session_default_values",
		"frappe.core.doctype.user.user.get_timezones",
		"frappe.core.doctype.user.user.test_password_strength",
		"frappe.desk.desk_page.getpage",
		"frappe.desk.desktop.get_desktop_page",
		"frappe.desk.desktop.get_workspace_sidebar_items",
		"frappe.desk.doctype.kanban_board.kanban_board.get_kanban_boards",
		"frappe.desk.doctype.notification_log.notification_log.get_notification_logs",
		"frappe.desk.doctype.tag.tag.get_tags",
		"frappe.desk.doctype.tag.tag.get_tags_list_for_awesomebar",
		"frappe.desk.form.load.get_communications",
		"frappe.desk.form.load.get_docinfo",
		"frappe.desk.form.load.get_user_info_for_viewers",
		"frappe.desk.form.load.getdoc",
		"frappe.desk.form.load.getdoctype",
		"frappe.desk.link_preview.get_preview_data",
		"frappe.desk.listview.get_list_settings",
		"frappe.desk.notifications.get_notification_info",
		"frappe.desk.query_report.get_script",
		"frappe.desk.reportview.get",
		"frappe.desk.reportview.get_list",
		"frappe.desk.reportview.get_sidebar_stats",
		"frappe.desk.search.get_names_for_mentions",
		"frappe.handler.download_file",
		"frappe.handler.logout",
		"frappe.handler.ping",
		"frappe.handler.web_logout",
		"frappe.integrations.doctype.google_settings.google_settings.get_file_picker_settings",
		"frappe.model.mapper.make_mapped_doc",
		"frappe.model.utils.user_settings.get",
		"frappe.model.workflow.can_cancel_document",
		"frappe.model.workflow.get_common_transition_actions",
		"frappe.model.workflow.get_transitions",
		"frappe.printing.page.print.print.get_print_settings_to_show",
		"frappe.realtime.can_subscribe_doc",
		"frappe.realtime.get_user_info",
		"frappe.sessions.get_boot_assets_json",
		"frappe.translate.get_app_translations",
		"frappe.utils.change_log.get_versions",
		"frappe.utils.change_log.show_update_popup",
		"frappe.utils.pdf.is_wkhtmltopdf_valid",
		"frappe.utils.print_format.download_pdf",
	}
)

# What the desk calls to change something: documents, with the rights of who asks, or what belongs to who asks.
STAFF_WRITERS = frozenset(
	{
		"frappe.client.delete",
		"frappe.client.insert",
		"frappe.client.save",
		"frappe.client.set_value",
		"frappe.core.doctype.session_default_settings.session_default_settings.set_session_default_values",
		"frappe.core.doctype.user.user.reset_password",
		"frappe.core.doctype.user.user.switch_theme",
		"frappe.core.doctype.user.user.update_password",
		"frappe.desk.doctype.form_tour.form_tour.update_user_status",
		"frappe.desk.doctype.note.note.mark_as_seen",
		"frappe.desk.doctype.notification_log.notification_log.mark_all_as_read",
		"frappe.desk.doctype.notification_log.notification_log.trigger_indicator_hide",
		"frappe.desk.doctype.route_history.route_history.deferred_insert",
		"frappe.desk.form.save.savedocs",
		"frappe.desk.form.utils.remove_attach",
		"frappe.desk.form.utils.update_comment",
		"frappe.handler.upload_file",
		"frappe.model.utils.user_settings.save",
		"frappe.model.workflow.apply_workflow",
		"frappe.model.workflow.bulk_workflow_approval",
		"frappe.sessions.clear",
		"frappe.utils.change_log.update_last_known_versions",
	}
)

STAFF = STAFF_READERS | STAFF_WRITERS

# What the desk of System Managers opens as a link.
DOWNLOADS = frozenset(
	{
		"frappe.contacts.doctype.contact.contact.download_vcard",
		"frappe.contacts.doctype.contact.contact.download_vcards",
		"frappe.core.doctype.data_import.data_import.download_errored_template",
		"frappe.core.doctype.data_import.data_import.download_import_log",
		"frappe.core.doctype.data_import.data_import.download_template",
		"frappe.core.doctype.prepared_report.prepared_report.download_attachment",
		"frappe.desk.calendar.get_events",
		"frappe.email.doctype.auto_email_report.auto_email_report.download",
		"frappe.utils.print_format.download_multi_pdf",
		"frappe.utils.weasyprint.download_pdf",
	}
)

# A link in a mail or on a page makes whoever is signed in call a function: only these answer it.
READERS = STAFF_READERS | DOWNLOADS
