frappe.listview_settings["Consultation"] = {
	hide_name_column: true,
};
