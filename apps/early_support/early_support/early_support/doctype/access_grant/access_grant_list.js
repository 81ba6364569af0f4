frappe.listview_settings["Access Grant"] = {
	hide_name_column: true,
	add_fields: ["kind", "valid_until", "ended_on"],

	// The list is sorted by when a grant runs out, so that what is open in an emergency stands first.
	get_indicator(doc) {
		const open = !doc.valid_until || doc.valid_until > frappe.datetime.now_datetime();
		if (!open) return [__("Over"), "gray"];
		return doc.kind === "Break Glass" ? [__("Open in an emergency"), "red"] : [__("Open now"), "blue"];
	},
};
