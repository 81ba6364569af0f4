frappe.listview_settings["Unit Event"] = {
	add_fields: ["state"],

	get_indicator(doc) {
		const colours = { Planned: "blue", Held: "green", Cancelled: "gray" };
		return [__(doc.state), colours[doc.state], `state,=,${doc.state}`];
	},

	onload(listview) {
		listview.page.add_inner_button(__("Vuosikello"), () => frappe.set_route("query-report", "Vuosikello"));
		if (!frappe.model.can_create("Unit Event")) return;
		listview.page.add_inner_button(__("Copy last season's calendar"), () => ask_and_copy(listview));
	},
};

/** This season and the next, the likelier one first: in spring the next one is being planned. */
function seasons() {
	const now = moment();
	const year = now.month() >= 7 ? now.year() : now.year() - 1;
	const both = [year, year + 1].map((first) => `${first}-${first + 1}`);
	return now.month() >= 3 && now.month() < 7 ? both.reverse() : both;
}

async function ask_and_copy(listview) {
	const units = await frappe.xcall("early_support.casework.people.own_units");
	const dialog = new frappe.ui.Dialog({
		title: __("Copy last season's calendar"),
		fields: [
			{
				fieldname: "unit",
				fieldtype: "Link",
				options: "Day Care Unit",
				label: __("Day care unit"),
				reqd: 1,
				default: units.length === 1 ? units[0] : undefined,
				get_query: () => ({ filters: { name: ["in", units] } }),
			},
			{
				fieldname: "season",
				fieldtype: "Select",
				options: seasons(),
				default: seasons()[0],
				label: __("Season"),
				reqd: 1,
				description: __("The same events on the same days of the week. Themes are agreed on anew."),
			},
		],
		primary_action_label: __("Copy"),
		async primary_action(values) {
			const copied = await frappe.xcall("early_support.season.calendar.copy_last_season", values);
			dialog.hide();
			frappe.show_alert({
				message: __("Planned: {0}. Left out, because there already or past: {1}.", [
					copied.made,
					copied.left_out,
				]),
				indicator: "green",
			});
			listview.refresh();
		},
	});
	dialog.show();
}
