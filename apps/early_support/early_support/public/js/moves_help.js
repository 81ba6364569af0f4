// What can be done with a document at its stage, from the menu of moves: Frappe's own help there names the workflow, the state
// and the roles as the code has them, in English.
import { element } from "./dom";

const states = frappe.ui.form.States?.prototype;

if (states?.setup_help) {
	const { setup_help } = states;
	states.setup_help = function () {
		if (this.frm.meta.module !== "Early Support") return setup_help.call(this);
		this.frm.page.add_action_item(__("What can be done now"), () => tell(this.frm), true);
	};
}

function tell(frm) {
	const state = frappe.workflow.get_state(frm.doc);
	const dialog = new frappe.ui.Dialog({
		title: __("What can be done now"),
		fields: [{ fieldname: "moves", fieldtype: "HTML" }],
	});
	const editors = roles_of(frappe.workflow.get_document_state_roles(frm.doctype, state));
	const said = [
		element("p", {}, element("strong", {}, __(state, null, frm.doctype))),
		editors && element("p", {}, __("Written by: {0}.", [editors])),
		element("ul", {}, ...moves_from(frm.doctype, state).map((move) => element("li", {}, move))),
	];
	dialog.fields_dict.moves.$wrapper.append(...said.filter(Boolean));
	dialog.show();
}

/** Each move out of a state, with whose it is. */
function moves_from(doctype, state) {
	const roles = new Map();
	for (const { action, allowed } of frappe.workflow.get_all_transitions(doctype).filter((row) => row.state === state)) {
		roles.set(action, [...(roles.get(action) || []), allowed]);
	}
	return [...roles].map(([action, allowed]) => `${__(action)}: ${roles_of(allowed)}`);
}

const roles_of = (roles) => [...new Set(roles)].map((role) => __(role)).join(", ");
