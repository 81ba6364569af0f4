frappe.listview_settings["Support Period"] = {
	hide_name_column: true,
};
