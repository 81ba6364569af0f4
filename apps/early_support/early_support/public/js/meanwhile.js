// Two people in one document: whoever saves second loses nothing of what was typed, and sees what the other wrote.
import { changes, contents, merge, put_back } from "./form_values";

frappe.provide("es");

/** Remembers the form as it was read, so that it can be told later what the person has changed. */
function remember(frm) {
	frm.es_reads ??= {};
	if (!frm.is_new() && !frm.is_dirty()) frm.es_reads[frm.docname] = contents(frm);
}

/** Takes in what somebody else has stored, keeps what was typed and is not saved yet, and tells of both. */
async function take_in(frm) {
	const read = frm.es_reads[frm.docname];
	const mine = changes(contents(frm), read);
	// What was typed is in nobody's way: it is put back here, and not offered as a draft.
	frm.es_taking_in = true;
	let both;
	try {
		both = await put_over(frm, read, mine);
	} finally {
		frm.es_taking_in = false;
	}
	if (Object.keys(mine).length) frm.dirty();
	frappe.msgprint({
		title: __("Somebody else has changed this meanwhile"),
		message: told(both.map((name) => __(frm.get_field(name).df.label))),
		indicator: "orange",
	});
}

/** Reads the document anew and puts `mine` over it. Returns the names of the fields that both have changed. */
async function put_over(frm, read, mine) {
	await frm.reload_doc();
	// Frappe asks the server for the moves of the form; when they come, they take the place of the button to save.
	await frappe.after_ajax();
	const { values, both } = merge(frm.meta, { read, theirs: contents(frm), mine });
	for (const [name, value] of Object.entries(values)) await put_back(frm, name, value);
	await frappe.after_ajax();
	return both;
}

function told(both) {
	const text = __(
		"What you wrote is still here and not stored yet, beside what they have stored. Please read it through and save."
	);
	const labels = both.map((label) => frappe.utils.escape_html(label)).join(", ");
	return both.length ? `${text}<br>${__("You both changed: {0}.", [labels])}` : text;
}

/** Says above the form that it has been overtaken, without Frappe's button, which would wipe what was typed. */
function say_overtaken(frm) {
	frm.dashboard.clear_headline();
	frm.dashboard.set_headline_alert(
		`${__("Somebody else has changed this meanwhile")}
		<button class="btn btn-xs btn-primary pull-right" onclick="es.take_in(cur_frm)">${__("Show their changes")}</button>`,
		"alert-warning"
	);
}

frappe.request.on_error("ChangedMeanwhile", (answer) => {
	const frm = window.cur_frm;
	if (frm?.es_reads?.[frm.docname] && frm.is_dirty()) {
		// Frappe's form has first to learn that its save has failed.
		setTimeout(() => take_in(frm));
	} else {
		frappe.msgprint(JSON.parse(answer._server_messages || "[]"));
	}
});

Object.assign(es, { remember, take_in, say_overtaken });
