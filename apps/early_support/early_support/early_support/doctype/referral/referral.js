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
		let_name_another(frm);
		es.next_step(frm, offer);
		es.offer_relationship(frm, {
			method: "make_client_relationship",
			states: ["Accepted", "First Contact Confirmed"],
			worker: frm.doc.receiver,
		});
		show_told(frm);
		es.show_terms(frm, "service");
		offer_assessment(frm);
	},

	service: (frm) => es.show_terms(frm, "service"),

	before_workflow_action: (frm) => es.before_move(frm),
	after_workflow_action: (frm) => es.after_move(frm),
});

/** The field opens again when whoever was told has left. */
function let_name_another(frm) {
	const is_gone = frm.doc.__onload?.receiver_is_gone;
	frm.set_df_property("receiver", "read_only_depends_on", is_gone ? "" : "sent_on");
	frm.set_df_property("receiver", "read_only", !is_gone && frm.doc.sent_on ? 1 : 0);
}

/** Whoever was told has left: the unit names another worker of the service, who answers in that place. */
function name_another(frm) {
	const { receiver, receiver_name, __onload } = frm.doc;
	if (!__onload?.receiver_is_gone || !frm.perm[0]?.write) return null;
	return {
		line: __("{0} no longer receives families. Name another worker of the service, to whom the referral opens.", [
			receiver_name || receiver,
		]),
		label: __("Name another worker"),
		run: () => frm.scroll_to_field("receiver"),
	};
}

const offer = (frm) => name_another(frm) || answer_of_receiver(frm);

// What the receiver answers next: state → the state after it.
const ANSWERED = { "Joint Contact": "Accepted", Accepted: "First Contact Confirmed" };

/** Whoever was told answers: to others it is said whose turn it is. For a worker elsewhere the unit records the answer. */
function answer_of_receiver(frm) {
	const { receiver, receiver_name, workflow_state } = frm.doc;
	const move = receiver && receiver !== frappe.session.user && es.move_into(frm, ANSWERED[workflow_state]);
	if (!move) return null;
	return { line: __("Next step: {0}. It is the turn of: {1}.", [__(move.action), receiver_name || receiver]) };
}

/** The receiver of an accepted referral opens the assessment, or finds the own one again. */
function offer_assessment(frm) {
	const received = ["Accepted", "First Contact Confirmed"].includes(frm.doc.workflow_state);
	if (frm.is_new() || frm.doc.receiver !== frappe.session.user) return;
	const assessment = frm.doc.__onload?.assessment;
	if (assessment) {
		frm.add_custom_button(__("Open the needs assessment"), () =>
			frappe.set_route("Form", "Needs Assessment", assessment)
		);
	} else if (received && frappe.model.can_create("Needs Assessment")) {
		frm.add_custom_button(__("Assess the need for services"), () =>
			es.open_next(frm, "make_needs_assessment")
		);
	}
}

/** What the receiver reads, or would read today, above the form: in the rows of the table there is no place for it. */
function show_told(frm) {
	const box = es.place(frm, "es-told");
	const parts = (frm.doc.sent_on ? frm.doc.sections : frm.doc.__onload?.preview) || [];
	const told = parts.filter((part) => part.note || part.content);
	box.hidden = frm.is_new() || !told.length;
	if (box.hidden) return;
	const details = box.appendChild(document.createElement("details"));
	details.open = Boolean(frm.doc.sent_on);
	details.appendChild(document.createElement("summary")).textContent = frm.doc.sent_on
		? __("What the receiver was told")
		: __("What the receiver would read today from the casework");
	for (const part of told) {
		details.appendChild(document.createElement("h4")).textContent = part.title || frappe.utils.get_link_title("Shared Section", part.section) || part.section;
		for (const text of [part.note, part.content].filter(Boolean)) {
			details.appendChild(document.createElement("p")).textContent = text;
		}
	}
}
