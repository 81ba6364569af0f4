frappe.ui.form.on("Referral", {
	setup(frm) {
		es.offer_only(frm, "consent", __("Consents given for this child"), () => ({
			filters: { child: frm.doc.child, workflow_state: "Given" },
		}));
		es.offer_only(frm, "concern", __("Concerns about this child"), () => ({
			filters: { child: frm.doc.child },
		}));
		es.offer_only(frm, "receiver", __("Family counsellors and social workers"), () => ({
			query: "early_support.casework.people.find_receivers",
		}));
		for (const field of ["service", "statutory_ground"]) {
			frm.set_query(field, () => ({ filters: { disabled: 0 } }));
		}
		frm.set_query("section", "sections", () => ({ filters: { disabled: 0 } }));
	},

	refresh(frm) {
		es.case_form(frm, { notes: false });
		es.forget("Cooperation Consent", frm.doc.consent);
		es.next_step(frm);
		show_preview(frm);
	},

	before_workflow_action: (frm) => es.before_move(frm),
});

/** What the receiver would read today, under the rows of the sections; nothing of it is stored before the contact. */
function show_preview(frm) {
	const box = es.place(frm, "es-preview");
	const told = (frm.doc.__onload?.preview || []).filter((part) => part.content);
	box.hidden = frm.is_new() || Boolean(frm.doc.sent_on) || !told.length;
	if (box.hidden) return;
	const details = box.appendChild(document.createElement("details"));
	details.appendChild(document.createElement("summary")).textContent = __(
		"What the receiver would read today from the casework"
	);
	for (const part of told) {
		const text = details.appendChild(document.createElement("p"));
		text.style.whiteSpace = "pre-wrap";
		text.textContent = part.content;
	}
}
