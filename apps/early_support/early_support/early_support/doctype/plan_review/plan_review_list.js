frappe.listview_settings["Plan Review"] = {
	hide_name_column: true,
};
