// What the server lets through in a confirmed plan (OPEN_FIELDS of the controller).
const OPEN_FIELDS = [
	"review_requested_by",
	"review_requested_on",
	"review_reason",
	"discontinued_reason",
];
const IN_TOUCH = ["In Use", "Wanted"];
// There is, or was, somebody who works with the family.
const WITH_WORKER = [...IN_TOUCH, "Earlier"];

frappe.ui.form.on("Child Plan", {
	setup() {
		// Plain words: a link would lead out of the plan, and stand in the way of the keyboard in each row.
		frappe.meta.docfield_map["Child Plan Service"].service.formatter = (service) =>
			frappe.utils.escape_html(title_of({ service }));
	},

	refresh(frm) {
		es.case_form(frm);
		es.forget("Child", frm.doc.child);
		keep_rows(frm);
		lock_what_is_confirmed(frm);
		show_answered(frm);
		es.next_step(frm, offer);
		es.print_for_guardians(frm);
		say_new_services(frm);
		offer_consent(frm);
		offer_withdrawal(frm);
		show_withdrawn(frm);
	},

	form_declined: (frm) => es.next_step(frm, offer),
	services_declined: (frm) => show_answered(frm),
	before_workflow_action: (frm) => es.before_move(frm),
	after_workflow_action: (frm) => es.after_move(frm),

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
		show_answered(frm);
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

/** Above the services: how many are answered, and one button for all those that the family does not use. In a row is asked
 * what its answer leads to. */
function show_answered(frm) {
	const { $wrapper } = frm.get_field("services");
	let box = $wrapper.children(".es-answered").get(0);
	if (!box) {
		box = document.createElement("div");
		box.className = "es-answered";
		box.append(document.createElement("p"), es.button(__("The family uses none of the others"), () => answer_the_rest(frm), "btn-default"));
		box.firstChild.setAttribute("role", "status");
		$wrapper.addClass("es-service-list").prepend(box);
	}
	for (const { wrapper, doc } of frm.get_field("services").grid.grid_rows) {
		wrapper.toggleClass("es-no-worker", !doc.worker && !WITH_WORKER.includes(doc.answer));
		wrapper.toggleClass("es-no-permission", !IN_TOUCH.includes(doc.answer));
	}
	const rows = frm.doc.services || [];
	const open = rows.filter((row) => !row.answer).length;
	box.hidden = !rows.length || Boolean(frm.doc.confirmed_on || frm.doc.services_declined);
	box.firstChild.textContent = __("{0} of {1} services answered", [rows.length - open, rows.length]);
	box.lastChild.hidden = !open;
}

async function answer_the_rest(frm) {
	for (const row of frm.doc.services.filter((row) => !row.answer)) {
		await frappe.model.set_value(row.doctype, row.name, "answer", "No");
	}
	// The button is gone: the keyboard goes on behind the list.
	frm.get_field("services").$wrapper.find(".btn-open-row").last().trigger("focus");
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

const is_permitted = (row) =>
	row.permission === "Yes" && IN_TOUCH.includes(row.answer) && !row.permission_withdrawn_on;

/** What the plan permits is to be in touch; what may be told to whom and until when, the consent says. */
function offer_consent(frm) {
	const talked = ["Discussed", "Confirmed"].includes(frm.doc.workflow_state);
	if (frm.is_new() || !talked || !frm.doc.services.some(is_permitted)) return;
	if (!frappe.model.can_create("Cooperation Consent")) return;
	frm.add_custom_button(__("Ask for consent to co-operate"), () => es.open_next(frm, "ask_consent_by_plan"));
}

/** A guardian may take a permission back at any time; the plan keeps what was confirmed beside it. */
function offer_withdrawal(frm) {
	if (frm.is_new() || frm.doc.workflow_state !== "Confirmed") return;
	const rows = frm.doc.services.filter(is_permitted);
	if (!rows.length) return;
	frm.add_custom_button(__("A permission is taken back"), () => ask_what_is_taken_back(frm, rows));
}

function ask_what_is_taken_back(frm, rows) {
	const dialog = new frappe.ui.Dialog({
		title: __("A permission is taken back"),
		fields: [
			{
				fieldname: "row",
				fieldtype: "Select",
				label: __("Service"),
				options: rows.map((row) => ({ value: row.name, label: title_of(row) })),
				default: rows.length === 1 ? rows[0].name : undefined,
				reqd: 1,
			},
			{
				fieldname: "guardian",
				fieldtype: "Select",
				label: __("Permission taken back by"),
				options: frm.doc.__onload?.guardians || [],
				reqd: 1,
				description: __(
					"Nothing more is told to this service on the guardians' word: what is under way on it stops at once."
				),
			},
		],
		primary_action_label: __("Record it"),
		async primary_action({ row, guardian }) {
			dialog.hide();
			const stored = rows.find((each) => each.name === row);
			await frappe.model.set_value(stored.doctype, row, "permission_withdrawn_by", guardian);
			await es.save_form(frm);
			// Refused, it is not left behind for the next save.
			if (frm.is_dirty()) await frm.reload_doc();
		},
	});
	dialog.show();
}

// Frappe keeps the title as it is stored, in Finnish; the other languages have it as a translation.
const title_of = (row) => __(frappe.utils.get_link_title("Support Service", row.service) || row.service);

/** What was taken back, above the form: in the list it stands behind the answer. */
function show_withdrawn(frm) {
	const box = es.place(frm, "es-told");
	const rows = (frm.doc.services || []).filter((row) => row.permission_withdrawn_on);
	box.hidden = !rows.length;
	for (const row of rows) {
		box.appendChild(document.createElement("p")).textContent = __(
			"{0}: the permission was taken back on {1} by {2}.",
			[title_of(row), frappe.datetime.str_to_user(row.permission_withdrawn_on.slice(0, 10)), row.permission_withdrawn_by]
		);
	}
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
