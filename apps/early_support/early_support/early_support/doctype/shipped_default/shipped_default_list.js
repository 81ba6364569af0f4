frappe.listview_settings["Shipped Default"] = {
	add_fields: ["status"],
	formatters: { record_type: (value) => frappe.utils.escape_html(__(value)) },

	get_indicator(doc) {
		const colours = {
			"As Shipped": "green",
			"Changed Here": "blue",
			"To Be Decided": "orange",
			"Deleted Here": "gray",
			"No Longer Shipped": "gray",
		};
		return [__(doc.status), colours[doc.status], `status,=,${doc.status}`];
	},

	// Lists go by their codes; what has a name of its own, as a state has, is said in the person's language. Not by a formatter,
	// in whose place the link to the form would be missing.
	before_render() {
		for (const row of cur_list.data) row.record_name = __(row.record_name);
	},

	// What was changed or deleted since the last upgrade is seen when somebody comes to look. Asked when the list has been read:
	// an answer that is still on its way would be drawn over the new one.
	async refresh(listview) {
		if (listview.es_has_looked) return;
		listview.es_has_looked = true;
		if (!(await frappe.xcall("early_support.forms.decisions.look"))) return;
		// Frappe asks the same thing only once in three seconds.
		listview.last_args = null;
		listview.refresh();
	},
};
