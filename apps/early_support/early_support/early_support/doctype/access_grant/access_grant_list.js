frappe.listview_settings["Access Grant"] = {
	add_fields: ["kind", "valid_until", "ended_on"],

	// The newest stands first: what is open in an emergency was opened in the last three hours.
	get_indicator(doc) {
		const open = !doc.valid_until || doc.valid_until > frappe.datetime.now_datetime();
		if (!open) return [__("Over"), "gray"];
		return doc.kind === "Break Glass" ? [__("Open in an emergency"), "red"] : [__("Open now"), "blue"];
	},
};
