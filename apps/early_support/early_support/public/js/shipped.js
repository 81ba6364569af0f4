// What the app ships beside what stands on the site, and the decision between them. What may be decided, and by whom, is
// said by the server (forms/decisions.py).
import { comparison } from "./compare";
import { element } from "./dom";

const METHOD = "early_support.forms.decisions";

async function refresh(frm) {
	const name = frm.docname;
	const box = frm.get_field("comparison").$wrapper;
	// Kinds and names are stored as the code says them, and said in the person's language.
	for (const field of ["record_type", "record_name"]) {
		frm.set_df_property(field, "formatter", (value) => frappe.utils.escape_html(__(value)));
	}
	const found = await frappe.xcall(`${METHOD}.compare`, { name });
	if (frm.docname !== name) return;
	box.empty().append(found.rows.length ? table(found) : nothing(found));
	frm.clear_custom_buttons();
	for (const action of found.actions) offer(frm, action, found);
	if (found.actions.length > 1) {
		const waits = __("The app ships something else now. What you have here stays until you decide.");
		frm.set_intro(waits, "orange");
	}
}

const nothing = ({ token }) =>
	element(
		"p",
		{},
		token
			? __("What is here is what the app ships.")
			: __("The app no longer ships this. What is here is yours.")
	);

function table({ rows, before }) {
	const sides = [
		before && ["before", __("Shipped before")],
		["now", before ? __("Shipped now") : __("Shipped")],
		["here", __("On this site")],
	].filter(Boolean);
	return comparison(sides, rows);
}

function offer(frm, action, { rows, token }) {
	const deleted = rows.every((row) => row.here === null);
	const actions = {
		accept: [
			__("Accept the shipped version"),
			__("Take the shipped version in place of yours? Yours stays readable here."),
		],
		keep_mine: [
			__("Keep mine"),
			__("Keep your own version? You are asked again when something else is shipped."),
		],
		reset: deleted
			? [__("Bring back"), __("Bring back what was deleted here, as the app ships it?")]
			: [__("Reset to shipped"), __("Give up what was changed here? It stays readable here.")],
	};
	const [label, question] = actions[action];
	const button = frm.add_custom_button(label, () =>
		frappe.confirm(question, () =>
			frappe.xcall(`${METHOD}.${action}`, { name: frm.docname, token }).finally(() => frm.reload_doc())
		)
	);
	if (action === "accept") button.removeClass("btn-default").addClass("btn-primary");
}

frappe.ui.form.on("Shipped Default", { refresh });
