// A client or an assessment whose worker has left: the dialog in which a social worker of the same register steps in. What
// may be taken over, and by whom, is decided on the server (casework/takeover.py).
import { ask } from "./ask";

frappe.provide("early_support.takeover");

const METHOD = "early_support.casework.takeover";

early_support.takeover.ask = async function () {
	const found = await frappe.xcall(`${METHOD}.left_alone`);
	if (!found.length) {
		frappe.msgprint(__("Every client and every assessment has a worker."));
		return;
	}
	const day = (value) => frappe.datetime.str_to_user(value);
	ask({
		title: __("Take over from a colleague who has left"),
		fields: [
			{
				fieldname: "at",
				fieldtype: "Select",
				label: __("What the colleague left"),
				options: found.map(({ doctype, worker, state, since }, at) => ({
					value: String(at),
					label: __("{0} of {1}, since {2}: {3}", [__(doctype), worker, day(since), state]),
				})),
				default: "0",
				reqd: 1,
				description: __("It becomes your work, and the family opens to you. From then on you may hand it on."),
			},
			{ fieldname: "reason", fieldtype: "Small Text", label: __("Why you take this over"), reqd: 1 },
		],
		label: __("Take over"),
		method: `${METHOD}.take_over`,
		turn: ({ at, reason }) => ({ doctype: found[at].doctype, name: found[at].name, reason }),
		done: (name, { doctype }) => frappe.set_route("Form", doctype, name),
	});
};
