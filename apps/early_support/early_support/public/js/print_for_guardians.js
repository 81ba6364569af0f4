// The button that opens what a guardian is given on paper, as a PDF in the guardian's language.
import { LANGUAGES } from "./languages";

frappe.provide("es");

const DOOR = "early_support.prints.door";

function print_for_guardians(frm) {
	if (frm.is_new() || !frm.doc.__onload?.printable) return;
	frm.add_custom_button(__("Print for the guardians"), () => choose(frm));
}

async function choose(frm) {
	if (frm.is_dirty()) {
		frappe.msgprint(__("What you have changed is not saved yet. Save it first, then print."));
		return;
	}
	const { message: guardians } = await frappe.call({
		method: `${DOOR}.guardians`,
		type: "GET",
		args: { doctype: frm.doctype, name: frm.docname },
	});
	if (!guardians?.length) {
		frappe.msgprint(__("The family has no guardian yet. Add one to the family, then print."));
		return;
	}
	const dialog = new frappe.ui.Dialog({
		title: __("Print for the guardians"),
		fields: [
			{
				fieldname: "guardian",
				fieldtype: "Select",
				label: __("For whom"),
				options: guardians.map((row) => ({ value: row.guardian, label: row.full_name })),
				default: guardians[0].guardian,
				reqd: 1,
				onchange: () => suit(dialog, guardians),
			},
			{
				fieldname: "language",
				fieldtype: "Select",
				label: __("Language"),
				options: LANGUAGES,
				default: guardians[0].language,
				reqd: 1,
			},
			{ fieldname: "said", fieldtype: "HTML" },
		],
		primary_action_label: __("Open the PDF"),
		primary_action: ({ guardian, language }) => {
			const asked = { doctype: frm.doctype, name: frm.docname, guardian, language };
			window.open(`/api/method/${DOOR}.download?${new URLSearchParams(asked)}`, "_blank");
			dialog.hide();
		},
	});
	dialog.show();
	suit(dialog, guardians);
}

/** The guardian's language, and what is to be known about a print for this one. */
function suit(dialog, guardians) {
	const chosen = guardians.find((row) => row.guardian === dialog.get_value("guardian"));
	if (!chosen) return;
	dialog.set_value("language", chosen.language);
	const said = [];
	if (chosen.speaks_another) {
		said.push(__("This guardian's own language is another one. Please choose the one that is understood best."));
	}
	if (chosen.needs_interpreter) {
		said.push(__("An interpreter is needed. The print says that its texts are gone through together."));
	}
	if (chosen.withholds) {
		said.push(
			__(
				"Another guardian is under non-disclosure for safety. Municipality, unit, place, phone and workers are left out. Please read the texts before you hand them over: they are printed as they were written."
			)
		);
	}
	const box = dialog.fields_dict.said.$wrapper.get(0);
	box.setAttribute("role", "status");
	box.replaceChildren(
		...said.map((text) => {
			const line = document.createElement("p");
			line.textContent = text;
			return line;
		})
	);
}

Object.assign(es, { print_for_guardians });
