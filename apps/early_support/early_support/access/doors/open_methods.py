"""Which whitelisted functions of Frappe the staff may call. Pure: imports no Frappe.

Frappe whitelists some 500 functions, and most ask for no right of the document that they are told about; a few put what
they are sent into SQL. The staff's desk needs about a hundred. So these are named, and every other one is closed to
whoever is not a System Manager (`entrance`). A function that some version of Frappe does not have does no harm here.
"""

# Closed to everybody: each reads or changes rows of any doctype without asking for a right.
CLOSED = frozenset(
	{
		"frappe.client.get_password",
		"frappe.desk.query_report.get_data_for_custom_field",
		"frappe.desk.treeview.get_all_nodes",
		"frappe.email.relink",
		"frappe.model.mapper.map_docs",
		"frappe.utils.goal.get_monthly_goal_graph_data",
		"frappe.website.doctype.discussion_topic.discussion_topic.submit_discussion",
		"frappe.workflow.doctype.workflow.workflow.get_workflow_state_count",
	}
)

# Writers: a link in a mail or on a page must not make a signed-in person call them, so they answer no GET.
STAFF_WRITERS = frozenset(
	{
		"frappe.client.delete",
		"frappe.client.insert",
		"frappe.client.insert_many",
		"frappe.client.save",
		"frappe.client.set_value",
		"frappe.client.submit",
		"frappe.core.doctype.access_log.access_log.make_access_log",
		"frappe.core.doctype.session_default_settings.session_default_settings.set_session_default_values",
		"frappe.core.doctype.user.user.switch_theme",
		"frappe.desk.desktop.update_onboarding_step",
		"frappe.desk.doctype.form_tour.form_tour.reset_tour",
		"frappe.desk.doctype.form_tour.form_tour.update_user_status",
		"frappe.desk.doctype.note.note.mark_as_seen",
		"frappe.desk.doctype.notification_log.notification_log.mark_all_as_read",
		"frappe.desk.doctype.notification_log.notification_log.mark_as_read",
		"frappe.desk.doctype.notification_log.notification_log.trigger_indicator_hide",
		"frappe.desk.doctype.notification_settings.notification_settings.set_seen_value",
		"frappe.desk.doctype.route_history.route_history.deferred_insert",
		"frappe.desk.form.save.cancel",
		"frappe.desk.form.save.discard",
		"frappe.desk.form.save.savedocs",
		"frappe.desk.form.utils.add_comment",
		"frappe.desk.form.utils.remove_attach",
		"frappe.desk.form.utils.update_comment",
		"frappe.desk.like.toggle_like",
		"frappe.handler.upload_file",
		"frappe.handler.uploadfile",
		"frappe.model.utils.user_settings.save",
		"frappe.model.workflow.apply_workflow",
		"frappe.model.workflow.bulk_workflow_approval",
		"frappe.sessions.clear",
		"frappe.utils.change_log.update_last_known_versions",
	}
)

STAFF_READERS = frozenset(
	{
		"frappe.apps.get_apps",
		"frappe.auth.get_logged_user",
		"frappe.automation.doctype.auto_repeat.auto_repeat.get_auto_repeat_doctypes",
		"frappe.client.get",
		"frappe.client.get_count",
		"frappe.client.get_doc_permissions",
		"frappe.client.get_js",
		"frappe.client.get_list",
		"frappe.client.get_single_value",
		"frappe.client.get_value",
		"frappe.client.has_permission",
		"frappe.client.is_document_amended",
		"frappe.client.validate_link",
		"frappe.core.api.file.get_attached_images",
		"frappe.core.api.file.get_max_file_size",
		"frappe.core.doctype.prepared_report.prepared_report.get_reports_in_queued_state",
		"frappe.core.doctype.session_default_settings.session_default_settings.get_session_default_values",
		"frappe.core.doctype.submission_queue.submission_queue.get_latest_submissions",
		"frappe.core.doctype.user.user.test_password_strength",
		"frappe.core.doctype.user.user.verify_password",
		"frappe.core.doctype.user_permission.user_permission.get_user_permissions",
		"frappe.desk.desk_page.getpage",
		"frappe.desk.desktop.get_desktop_page",
		"frappe.desk.desktop.get_workspace_sidebar_items",
		"frappe.desk.doctype.custom_html_block.custom_html_block.get_custom_blocks_for_user",
		"frappe.desk.doctype.event.event.get_events",
		"frappe.desk.doctype.kanban_board.kanban_board.get_kanban_boards",
		"frappe.desk.doctype.notification_log.notification_log.get_notification_logs",
		"frappe.desk.doctype.onboarding_step.onboarding_step.get_onboarding_steps",
		"frappe.desk.doctype.tag.tag.get_tags",
		"frappe.desk.doctype.tag.tag.get_tags_list_for_awesomebar",
		"frappe.desk.form.load.get_communications",
		"frappe.desk.form.load.get_docinfo",
		"frappe.desk.form.load.get_user_info_for_viewers",
		"frappe.desk.form.load.getdoc",
		"frappe.desk.form.load.getdoctype",
		"frappe.desk.form.utils.get_next",
		"frappe.desk.form.utils.validate_link",
		"frappe.desk.link_preview.get_preview_data",
		"frappe.desk.listview.get_group_by_count",
		"frappe.desk.listview.get_list_settings",
		"frappe.desk.notifications.get_notification_info",
		"frappe.desk.notifications.get_notifications",
		"frappe.desk.notifications.get_open_count",
		"frappe.desk.query_report.get_script",
		"frappe.desk.query_report.run",
		"frappe.desk.reportview.get",
		"frappe.desk.reportview.get_count",
		"frappe.desk.reportview.get_list",
		"frappe.desk.reportview.get_sidebar_stats",
		"frappe.desk.search.get_link_title",
		"frappe.desk.search.get_names_for_mentions",
		"frappe.desk.search.search_link",
		"frappe.desk.search.search_widget",
		"frappe.handler.download_file",
		"frappe.handler.logout",
		"frappe.handler.ping",
		"frappe.handler.version",
		"frappe.handler.web_logout",
		"frappe.integrations.doctype.google_settings.google_settings.get_file_picker_settings",
		"frappe.model.mapper.make_mapped_doc",
		"frappe.model.utils.user_settings.get",
		"frappe.model.workflow.can_cancel_document",
		"frappe.model.workflow.get_common_transition_actions",
		"frappe.model.workflow.get_transitions",
		"frappe.printing.page.print.print.get_print_settings_to_show",
		"frappe.realtime.can_subscribe_doc",
		"frappe.realtime.can_subscribe_doctype",
		"frappe.realtime.get_user_info",
		"frappe.realtime.has_permission",
		"frappe.sessions.get_boot_assets_json",
		"frappe.translate.get_app_translations",
		"frappe.translate.load_all_translations",
		"frappe.utils.change_log.get_versions",
		"frappe.utils.change_log.show_update_popup",
		"frappe.utils.file_manager.download_file",
		"frappe.utils.global_search.search",
		"frappe.utils.pdf.is_wkhtmltopdf_valid",
		"frappe.utils.print_format.download_pdf",
		"frappe.www.printview.get_html_and_style",
		# On the way in and out.
		"frappe.core.doctype.user.user.reset_password",
		"frappe.core.doctype.user.user.update_password",
	}
)
STAFF = STAFF_READERS | STAFF_WRITERS

# Writers of the System Manager's desk which work on any documents, and answer no GET either.
OTHER_WRITERS = frozenset(
	{
		"frappe.desk.doctype.bulk_update.bulk_update.submit_cancel_or_update_docs",
		"frappe.client.bulk_update",
		"frappe.client.cancel",
		"frappe.client.delete_doc",
		"frappe.client.rename_doc",
		"frappe.desk.reportview.delete_items",
		"frappe.model.rename_doc.update_document_title",
	}
)
WRITERS = STAFF_WRITERS | OTHER_WRITERS
