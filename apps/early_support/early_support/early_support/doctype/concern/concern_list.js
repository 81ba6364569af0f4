frappe.listview_settings["Concern"] = {
	formatters: { zone: (value) => es.zones.pill(value) },
	onload: (listview) => es.zones.load().then(() => listview.refresh()),
};
