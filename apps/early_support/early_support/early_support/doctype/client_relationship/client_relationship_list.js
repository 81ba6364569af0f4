frappe.listview_settings["Client Relationship"] = {
	hide_name_column: true,
};
