frappe.listview_settings["Network Meeting"] = {
	hide_name_column: true,
};
