frappe.listview_settings["Needs Assessment"] = {
	hide_name_column: true,
};
