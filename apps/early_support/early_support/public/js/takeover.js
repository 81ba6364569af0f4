// A client whose own worker has left: the dialog in which a social worker of the same register steps in. What may be taken
// over, and by whom, is decided on the server (casework/takeover.py).
frappe.provide("early_support.takeover");

const METHOD = "early_support.casework.takeover";

early_support.takeover.ask = async function () {
	const found = await frappe.xcall(`${METHOD}.left_alone`);
	if (!found.length) {
		frappe.msgprint(__("Every client has an own worker."));
		return;
	}
	const day = (value) => frappe.datetime.str_to_user(value);
	const dialog = new frappe.ui.Dialog({
		title: __("Take over a client whose own worker has left"),
		fields: [
			{
				fieldname: "relationship",
				fieldtype: "Select",
				label: __("Whose client it was"),
				options: found.map(({ name, worker, state, since }) => ({
					value: name,
					label: __("{0}, since {1}: {2}", [worker, day(since), state]),
				})),
				default: found[0].name,
				reqd: 1,
				description: __("You become the own worker, and the family opens to you. From then on you may hand the client on."),
			},
			{ fieldname: "reason", fieldtype: "Small Text", label: __("Why you take the client over"), reqd: 1 },
		],
		primary_action_label: __("Take over"),
		async primary_action(values) {
			const name = await frappe.xcall(`${METHOD}.take_over`, values);
			dialog.hide();
			frappe.set_route("Form", "Client Relationship", name);
		},
	});
	dialog.show();
};
