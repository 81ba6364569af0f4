frappe.ui.form.on("Unit Event", {
	async onload(frm) {
		if (!frm.is_new()) return;
		// Frappe fills every time with the present one. The fields are not drawn yet, so the document itself is changed.
		Object.assign(frm.doc, { from_time: null, to_time: null });
		const units = await frappe.xcall("early_support.casework.people.own_units");
		frm.set_query("unit", () => ({ filters: { name: ["in", units] } }));
		if (!frm.doc.unit && units.length === 1) frm.set_value("unit", units[0]);
	},

	refresh(frm) {
		frm.set_query("kind", () => ({ filters: { disabled: 0 } }));
		show_what_it_needs(frm);
		if (frm.is_new() || !frm.perm[0]?.write) return;
		if (frm.doc.state === "Planned") {
			if (frm.doc.event_date <= frappe.datetime.get_today()) {
				frm.add_custom_button(__("Mark the event as held"), () => move(frm, "Held")).addClass("btn-primary");
			}
			frm.add_custom_button(__("Cancel the event"), () => move(frm, "Cancelled"));
		}
		if (frm.doc.state === "Cancelled") {
			frm.add_custom_button(__("Plan the event again"), () => move(frm, "Planned"));
		}
	},

	kind: show_what_it_needs,
});

/** Shows the fields which the kind asks for; what is filled in stays in sight. */
async function show_what_it_needs(frm) {
	const fields = ["theme_required", "activity_required", "has_slots"];
	const kind = frm.doc.kind && (await frappe.db.get_value("Unit Event Kind", frm.doc.kind, fields)).message;
	frm.toggle_display("theme_agreed_on", Boolean(kind?.theme_required) || Boolean(frm.doc.theme_agreed_on));
	frm.toggle_display("activity", Boolean(kind?.activity_required) || Boolean(frm.doc.activity));
	frm.toggle_display("slots_section", Boolean(kind?.has_slots) || Boolean(frm.doc.slots?.length));
}

/** Moves the event; where a rule refuses it, the form shows again where the event stands. */
async function move(frm, state) {
	const was = frm.doc.state;
	await frm.set_value("state", state);
	await frm.save(undefined, undefined, undefined, () => {
		frm.doc.state = was;
		frm.refresh_field("state");
	});
}
