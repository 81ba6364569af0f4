frappe.listview_settings["Visit"] = {
	hide_name_column: true,
};
