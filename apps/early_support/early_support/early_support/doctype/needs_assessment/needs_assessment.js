frappe.ui.form.on("Needs Assessment", {
	setup(frm) {
		es.offer_only(frm, "referral", __("Referrals that you have accepted"), () => ({
			filters: {
				receiver: frappe.session.user,
				workflow_state: ["in", ["Accepted", "First Contact Confirmed"]],
			},
		}));
		es.offer_only(frm, "support_period", __("Your support periods"), () => ({
			filters: {
				counsellor: frappe.session.user,
				workflow_state: ["in", ["Agreed", "Under Way", "Follow-up"]],
			},
		}));
		for (const field of ["assessor", "colleague"]) {
			es.offer_only(frm, field, __("Family counsellors and social workers"), () => ({
				query: "early_support.casework.people.find_receivers",
			}));
		}
		for (const field of ["basis", "result"]) {
			frm.set_query(field, () => ({ filters: { disabled: 0 } }));
		}
		frm.set_query("service", "services", () => ({ filters: { disabled: 0 } }));
	},

	refresh(frm) {
		es.case_form(frm);
		es.say_where_from(frm);
		es.next_step(frm, offer);
		show_days(frm);
		const writes_protection = frappe.user_roles.includes("Social Worker");
		for (const field of ["protection_need", "protection_note"]) {
			frm.set_df_property(field, "read_only", writes_protection ? 0 : 1);
		}
	},

	special_support: (frm) => es.next_step(frm, offer),
	special_need: (frm) => es.next_step(frm, offer),
	several_services: (frm) => es.next_step(frm, offer),
	colleague: (frm) => es.next_step(frm, offer),

	/** Handed on, it is closed to whoever had it: there is nothing left to look at. */
	after_save(frm) {
		const own = [frm.doc.assessor, frm.doc.colleague].includes(frappe.session.user);
		if (own || frappe.session.user === "Administrator") return;
		frappe.show_alert({ message: __("The assessment was handed on.") });
		frappe.set_route("List", "Needs Assessment");
	},

	before_workflow_action: (frm) => es.before_move(frm),
	after_workflow_action: (frm) => es.after_move(frm),
});

/** After the result the work may go on as a client relationship. */
function offer_relationship(frm) {
	const { relationship, goes_on } = frm.doc.__onload || {};
	if (relationship) {
		return {
			line: __("The work goes on as a client relationship."),
			label: __("Open the client relationship"),
			run: () => frappe.set_route("Form", "Client Relationship", relationship),
		};
	}
	if (!goes_on || !frappe.model.can_create("Client Relationship")) return null;
	return {
		line: __("The assessment is ready. If support begins, it goes on as a client relationship."),
		label: __("Open a client relationship"),
		run: () => es.open_next(frm, "go_on_as_client"),
	};
}

/** Where nothing less than the broad tier will do, the next step is that; for others, to ask a social worker. */
function offer(frm) {
	const open = ["Opened", "Initial", "Guidance Given", "Narrow"].includes(frm.doc.workflow_state);
	const marked = frm.doc.special_support || (frm.doc.special_need && frm.doc.several_services);
	if (frm.doc.workflow_state === "Ready") return offer_relationship(frm);
	if (frm.is_new() || !open || !marked) return null;
	const move = es.move_into(frm, "Broad");
	if (move) {
		return {
			line: __("The child needs special support: the assessment is broad."),
			label: __(move.action),
			run: () => es.make_move(frm, move),
		};
	}
	if (frm.doc.colleague) {
		return {
			line: __(
				"The child needs special support: the assessment is broad, and a social worker makes it. {0} was asked to join.",
				[frm.doc.__onload?.people?.[frm.doc.colleague] || frappe.utils.get_link_title("User", frm.doc.colleague)]
			),
		};
	}
	return {
		line: __(
			"The child needs special support: the assessment is broad, and a social worker makes it. Ask one to join, or hand it on."
		),
		label: __("Ask a social worker to join"),
		run: () => frm.scroll_to_field("colleague"),
	};
}

/** The statutory days, above the form while they run; in words, not by colour alone, when one has passed. */
function show_days(frm) {
	const box = es.place(frm, "es-days");
	const { workflow_state: state, start_due_on: start, ready_due_on: ready, started_on: begun } = frm.doc;
	box.hidden = frm.is_new() || !ready || ["Ready", "Withdrawn"].includes(state);
	if (box.hidden) return;
	const today = frappe.datetime.get_today();
	const day = (value) => frappe.datetime.str_to_user(value);
	const say = (text) => (box.appendChild(document.createElement("p")).textContent = text);
	if (!begun) {
		say(
			start < today
				? __("Should have begun by {0}.", [day(start)])
				: __("To be begun by {0}.", [day(start)])
		);
	}
	say(
		ready < today
			? __("Should have been ready by {0}.", [day(ready)])
			: __("To be ready by {0}.", [day(ready)])
	);
}
