frappe.listview_settings["Purge Run"] = {
	onload(list) {
		if (!frappe.user.has_role("Privacy Officer")) return;
		list.page.add_inner_button(__("Make a dry run"), () =>
			frappe
				.xcall("early_support.privacy.purge.start_dry_run")
				.then((name) => frappe.set_route("Form", "Purge Run", name)),
		);
		list.page.add_inner_button(__("What would be destroyed"), () =>
			frappe.set_route("query-report", "Purge Preview"),
		);
	},
};
