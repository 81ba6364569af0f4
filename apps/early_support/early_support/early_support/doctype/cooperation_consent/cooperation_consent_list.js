frappe.listview_settings["Cooperation Consent"] = {
	hide_name_column: true,
};
