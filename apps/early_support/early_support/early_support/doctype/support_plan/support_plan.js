// What the server lets through in a version that was agreed on (OPEN_FIELDS of the controller).
const ALWAYS_OPEN = ["ended_reason"];

frappe.ui.form.on("Support Plan", {
	setup(frm) {
		es.offer_only(frm, "client_relationship", __("Client relationships that have started"), () => ({
			filters: { workflow_state: "Active" },
		}));
	},

	refresh(frm) {
		es.case_form(frm);
		es.forget("Client Relationship", frm.doc.client_relationship);
		lock_what_is_agreed(frm);
		es.next_step(frm, offer);
		es.print_for_guardians(frm);
		show_last_version(frm);
	},

	before_workflow_action: (frm) => es.before_move(frm),
	after_workflow_action: (frm) => es.after_move(frm),
});

/** A version that was agreed on stays as it is until it has been reviewed. */
function lock_what_is_agreed(frm) {
	const locked = !frm.is_new() && frm.doc.__onload?.is_settled ? 1 : 0;
	for (const df of frappe.get_meta(frm.doctype).fields) {
		if (df.read_only || ALWAYS_OPEN.includes(df.fieldname)) continue;
		frm.set_df_property(df.fieldname, "read_only", locked);
	}
}

/** After the agreement the review; after the review the next version. */
function offer(frm) {
	if (frm.is_new()) return null;
	const review = current_review(frm);
	if (frm.doc.workflow_state === "Agreed") return offer_review(frm, due_line(frm));
	if (frm.doc.workflow_state !== "Under Review" || review?.workflow_state === "Reviewed") return null;
	if (!review) return offer_review(frm, __("Look together at how the plan went."));
	return {
		line: __("The review has begun."),
		label: __("Open the review"),
		run: () => frappe.set_route("Form", "Plan Review", review.name),
	};
}

function offer_review(frm, line) {
	if (!frappe.model.can_create("Plan Review")) return { line };
	return {
		line,
		label: __("Review the plan"),
		run: () => es.open_next(frm, "make_plan_review"),
	};
}

function due_line(frm) {
	const due = frappe.datetime.str_to_user(frm.doc.next_review_on);
	return frm.doc.next_review_on <= frappe.datetime.get_today()
		? __("The review is due since {0}.", [due])
		: __("The next review is on {0} at the latest.", [due]);
}

const current_review = (frm) =>
	(frm.doc.__onload?.reviews || []).find((row) => row.reviewed_version === frm.doc.version_number);

/** The last version and how it went, above the form in which the next one is written; the earlier ones by their links. */
function show_last_version(frm) {
	const box = es.place(frm, "es-told");
	const [last, ...earlier] = frm.doc.__onload?.reviews || [];
	box.hidden = frm.is_new() || !last;
	if (box.hidden) return;
	const details = box.appendChild(document.createElement("details"));
	details.open = frm.doc.workflow_state === "Under Review";
	details.appendChild(document.createElement("summary")).textContent = __(
		"Version {0} of the plan, and how it went",
		[last.reviewed_version]
	);
	for (const part of last.said) {
		details.appendChild(document.createElement("h4")).textContent = part.label;
		details.appendChild(document.createElement("p")).textContent = part.text;
	}
	for (const row of [last, ...earlier]) {
		const link = box.appendChild(document.createElement("p")).appendChild(document.createElement("a"));
		link.href = frappe.utils.get_form_link("Plan Review", row.name);
		link.textContent = __("Review of version {0}", [row.reviewed_version]);
	}
}
