// A dialog that asks for a few values and tells a refusal in itself: nothing that was typed is lost.
import { element } from "./dom";
import { post } from "./post";

/** Shows it. `method` gets the values, as `turn` makes them; `done` gets the answer and them, once the dialog has closed. */
export function ask({ title, fields, label, method, turn = (values) => values, done }) {
	const dialog = new frappe.ui.Dialog({
		title,
		fields: [...fields, { fieldname: "refusal", fieldtype: "HTML" }],
		primary_action_label: label,
		async primary_action(values) {
			dialog.disable_primary_action();
			refusal.textContent = "";
			try {
				const sent = turn(values);
				const answer = await post(method, sent);
				dialog.hide();
				done(answer, sent);
			} catch (error) {
				refusal.textContent = error.message;
			} finally {
				dialog.enable_primary_action();
			}
		},
	});
	const refusal = element("p", { role: "alert", class: "es-refusal" });
	dialog.fields_dict.refusal.$wrapper.append(refusal);
	dialog.show();
}
