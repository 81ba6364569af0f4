frappe.listview_settings["Guidance Count"] = {
	hide_name_column: true,
};
