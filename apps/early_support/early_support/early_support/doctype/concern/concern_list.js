frappe.listview_settings["Concern"] = {
	hide_name_column: true,
	formatters: { zone: (value) => es.zones.pill(value) },
	onload: (listview) => es.zones.load().then(() => listview.refresh()),
};
