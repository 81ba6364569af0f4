frappe.listview_settings["Shipped Default"] = {
	hide_name_column: true,
	add_fields: ["status"],
	formatters: { record_type: in_words, record_name: in_words },

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

	// What was changed or deleted since the last upgrade is seen when somebody comes to look.
	onload: (listview) =>
		frappe.xcall("early_support.forms.decisions.look").then((changed) => changed && listview.refresh()),
};

// Lists go by their codes; what has a name of its own, as a state has, is said in the person's language.
function in_words(value) {
	return frappe.utils.escape_html(__(value));
}
