frappe.ui.form.on("Form Change Request", {
	refresh(frm) {
		es.case_form(frm);
		es.next_step(frm, heed_conditions);
		es.form_preview(frm);
		frm.set_df_property("workflow_state", "formatter", (state) => frappe.utils.escape_html(__(state, null, frm.doctype)));
		offer_forms(frm);
		offer_fields(frm);
		offer_records(frm);
	},

	kind: offer_records,

	// It is about a form or about a list.
	form(frm) {
		frm.set_value({ field_name: "", place_after: "" });
		if (frm.doc.form) frm.set_value("list_name", "");
		offer_fields(frm);
	},

	list_name(frm) {
		frm.set_value("record", "");
		if (frm.doc.list_name) frm.set_value("form", "");
	},

	// On its day it is published by itself: so the conditions are asked for when the day is set.
	effective_on(frm) {
		if (!frm.doc.effective_on || !publishing(frm)) return;
		on_conditions(frm, __("Are they met, and is it to be published on that day?")).catch(() =>
			frm.set_value("effective_on", "")
		);
	},

	async before_workflow_action(frm) {
		await es.before_move(frm);
		if (frm.selected_workflow_action !== publishing(frm)?.action) return;
		// Frappe has frozen the page, and goes on when this promise is kept.
		frappe.dom.unfreeze();
		await on_conditions(frm).catch(() => {
			frm.selected_workflow_action = null;
			return new Promise(() => {});
		});
		frappe.dom.freeze();
	},
});

/** The publication of what was approved on conditions, if it is this user's to make. */
function publishing(frm) {
	const { workflow_state, conditions } = frm.doc;
	return workflow_state === "Approved" && conditions ? es.move_into(frm, "Published") : null;
}

/** Says at the button on which conditions it was approved, and asks before it is published. */
function heed_conditions(frm) {
	const move = publishing(frm);
	if (!move) return null;
	return {
		line: __("It was approved on conditions: {0}", [frm.doc.conditions]),
		label: __(move.action),
		run: async () => {
			await on_conditions(frm);
			await es.make_move(frm, move);
		},
	};
}

/** A promise that is kept when the publisher says that the conditions are met; else the button waits to be pressed again. */
function on_conditions(frm, asked = __("Are they met, and is it to be published?")) {
	const conditions = frappe.utils.escape_html(frm.doc.conditions);
	const question = __("It was approved on conditions: {0}", [conditions]);
	return new Promise((resolve, reject) =>
		frappe.confirm(`<p>${question}</p><p>${asked}</p>`, resolve, reject)
	);
}

/** Offers the records of the list that are offered; of those to be offered again, the others. */
function offer_records(frm) {
	const again = frm.doc.kind === "Offer an option or a service again";
	const described = again ? __("What is no longer offered") : __("What the list offers");
	es.offer_only(frm, "record", described, () => ({ filters: { disabled: again ? 1 : 0 } }));
}

/** Offers the forms of which a change may be suggested: the others stand only in notes of what was changed by hand. */
function offer_forms(frm) {
	if (frm.doc.kind !== "Changed by hand") frm.set_df_property("form", "options", ["", ...suggested()]);
}

const suggested = () => frappe.boot.early_support_forms || [];

/** Offers the fields of the form by their labels; they are stored by their names. */
async function offer_fields(frm) {
	const form = frm.doc.form;
	const fields = suggested().includes(form) ? await frappe.xcall("early_support.forms.suggest.fields_of", { form }) : [];
	if (frm.doc.form !== form) return;
	const there = new Set(fields.map((field) => field.value));
	for (const name of ["field_name", "place_after"]) {
		// What a field was called when this was suggested may be gone by now.
		const kept = frm.doc[name] && !there.has(frm.doc[name]) ? [{ value: frm.doc[name], label: frm.doc[name] }] : [];
		frm.set_df_property(name, "options", [{ value: "", label: "" }, ...fields, ...kept]);
	}
}
