// A state that several forms have may be called otherwise on one of them: a consent is taken back, support comes to a halt. The
// word of a form is the translation that has the form's name as its context, for which Frappe does not ask.
const { get_indicator } = frappe;

if (get_indicator) {
	frappe.get_indicator = function (doc, doctype = doc.doctype, ...rest) {
		const indicator = get_indicator.call(this, doc, doctype, ...rest);
		const state = doc.workflow_state;
		if (indicator?.[2] === `workflow_state,=,${state}`) indicator[0] = __(state, null, doctype);
		return indicator;
	};
}
