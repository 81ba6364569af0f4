frappe.listview_settings["Child Plan"] = {
	hide_name_column: true,
};
