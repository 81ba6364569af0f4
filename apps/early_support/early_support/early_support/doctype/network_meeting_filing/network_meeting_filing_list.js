frappe.listview_settings["Network Meeting Filing"] = {
	hide_name_column: true,
};
