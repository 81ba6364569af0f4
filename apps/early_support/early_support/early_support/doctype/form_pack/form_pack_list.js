frappe.listview_settings["Form Pack"] = {
	add_fields: ["status"],

	get_indicator(doc) {
		const colours = {
			"Made Here": "gray",
			Brought: "gray",
			Compared: "blue",
			Imported: "green",
			Failed: "red",
			"Rolled Back": "orange",
		};
		return [__(doc.status), colours[doc.status] || "yellow", `status,=,${doc.status}`];
	},

	onload(listview) {
		listview.page.add_inner_button(__("Bring a form pack"), early_support.packs.bring);
	},

	// Nobody makes one by filling in a form.
	refresh(listview) {
		listview.page.set_primary_action(__("Make a form pack"), early_support.packs.make);
	},
};
