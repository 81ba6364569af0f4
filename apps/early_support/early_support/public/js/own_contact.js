// A parent gets in touch: the dialog in which a counsellor or social worker writes who it is. Whether there is such a child,
// and whether a relationship may begin, is decided on the server (casework/own_contact.py).
import { ask } from "./ask";

frappe.provide("early_support.own_contact");

early_support.own_contact.ask = function () {
	ask({
		title: __("A parent has got in touch"),
		fields: [
			{ fieldname: "guardian", fieldtype: "Data", label: __("The guardian's first and last name"), reqd: 1 },
			{ fieldname: "first_name", fieldtype: "Data", label: __("The child's first name"), reqd: 1 },
			{ fieldname: "last_name", fieldtype: "Data", label: __("The child's last name"), reqd: 1 },
			{ fieldname: "birth_date", fieldtype: "Date", label: __("Birth date"), reqd: 1 },
			{
				fieldname: "is_sure",
				fieldtype: "Check",
				label: __("I have made sure that it is this guardian"),
				description: __("A client relationship is opened, and the family opens to you. That is logged."),
				reqd: 1,
			},
		],
		label: __("Open a client relationship"),
		method: "early_support.casework.own_contact.begin",
		done: (name) => frappe.set_route("Form", "Client Relationship", name),
	});
};
