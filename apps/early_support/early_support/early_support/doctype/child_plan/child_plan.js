// What the server lets through in a confirmed plan (OPEN_FIELDS of the controller).
const OPEN_FIELDS = [
	"review_requested_by",
	"review_requested_on",
	"review_reason",
	"discontinued_reason",
];
const IN_TOUCH = ["In Use", "Wanted"];

frappe.ui.form.on("Child Plan", {
	refresh(frm) {
		es.case_form(frm);
		es.forget("Child", frm.doc.child);
		keep_rows(frm);
		lock_what_is_confirmed(frm);
		es.next_step(frm, offer);
		es.print_for_guardians(frm);
		say_new_services(frm);
	},

	form_declined: (frm) => es.next_step(frm, offer),
	before_workflow_action: (frm) => es.before_move(frm),

	async after_save(frm) {
		// Frappe sends the titles of links with a form that it reads, and not with one that it has saved.
		const untitled = frm.doc.services.filter(
			(row) => !frappe.utils.get_link_title("Support Service", row.service)
		);
		if (!untitled.length) return;
		await Promise.all(
			untitled.map((row) => frappe.utils.fetch_link_title("Support Service", row.service))
		);
		frm.refresh_field("services");
	},
});

frappe.ui.form.on("Child Plan Service", {
	answer(frm, doctype, name) {
		const row = frappe.get_doc(doctype, name);
		if (!IN_TOUCH.includes(row.answer)) {
			frappe.model.set_value(doctype, name, "permission", "Not Asked");
		}
	},
});

/** The list is the municipality's: its rows are answered, neither added nor taken away. */
function keep_rows(frm) {
	for (const table of ["services", "last_goals"]) {
		frm.set_df_property(table, "cannot_add_rows", true);
		frm.set_df_property(table, "cannot_delete_rows", true);
	}
}

/** A confirmed plan stays as it was confirmed; a request for a review may be added to it. */
function lock_what_is_confirmed(frm) {
	for (const df of frm.meta.fields) {
		if (df.read_only || OPEN_FIELDS.includes(df.fieldname)) continue;
		frm.set_df_property(df.fieldname, "read_only", frm.doc.confirmed_on ? 1 : 0);
	}
}

/** Services that came into the list since the plan was saved: saving it puts them there. */
function say_new_services(frm) {
	if (frm.is_new() || frm.doc.confirmed_on) return;
	const listed = new Set(frm.doc.services.map((row) => row.service));
	const added = (frm.doc.__onload?.offered || []).filter((service) => !listed.has(service));
	if (!added.length) return;
	frm.dirty();
	frm.set_intro(__("The list of services has grown. Save the plan, and the new ones are in it."));
}

/** The talk without the form, when the guardians do not want to fill it in; after the confirmation the next plan. */
function offer(frm) {
	if (frm.is_new()) return null;
	const talk = frm.doc.form_declined && es.move_into(frm, "Discussed");
	if (frm.doc.workflow_state === "Draft" && talk) {
		return {
			line: __("The talk is held without the guardians' form."),
			label: __(talk.action),
			run: () => es.make_move(frm, talk),
		};
	}
	return frm.doc.workflow_state === "Confirmed" ? offer_next_plan(frm) : null;
}

function offer_next_plan(frm) {
	const due = frappe.datetime.str_to_user(frm.doc.review_due_on);
	const line =
		frm.doc.review_due_on <= frappe.datetime.get_today()
			? __("The review is due since {0}.", [due])
			: __("The next review is on {0} at the latest.", [due]);
	const next = frm.doc.__onload?.next_plan;
	if (next) {
		return {
			line,
			label: __("Open the next plan"),
			run: () => frappe.set_route("Form", "Child Plan", next),
		};
	}
	if (!frappe.model.can_create("Child Plan")) return { line };
	return {
		line,
		label: __("Make the next plan"),
		run: () => es.open_next(frm, "make_child_plan"),
	};
}
