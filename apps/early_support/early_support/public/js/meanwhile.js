// Two people in one document: whoever saves second loses nothing of what was typed, and sees what the other wrote.
frappe.provide("es");

const TEXTS = ["Small Text", "Text", "Long Text", "Text Editor"];
const same = (one, other) => JSON.stringify(one) === JSON.stringify(other);
const is_table = (df) => frappe.model.table_fields.includes(df.fieldtype);

/** Remembers the form as it was read, so that it can be told later what the person has changed. */
function remember(frm) {
	if (!frm.is_new() && !frm.is_dirty()) frm.es_read = contents(frm);
}

/** What the form holds: fieldname → value, of a table its rows without what Frappe adds to them. */
function contents(frm) {
	const fields = frm.meta.fields.filter(
		(df) => !df.read_only && (is_table(df) || !frappe.model.no_value_type.includes(df.fieldtype))
	);
	return Object.fromEntries(fields.map((df) => [df.fieldname, plain(frm.doc[df.fieldname], df)]));
}

function plain(value, df) {
	if (!is_table(df)) return value ?? "";
	const names = frappe.get_meta(df.options).fields.map((field) => field.fieldname);
	return (value || []).map((row) => Object.fromEntries(names.map((name) => [name, row[name] ?? ""])));
}

/** Reads the document anew and puts back what was typed and is not saved yet. */
async function take_in(frm) {
	const read = frm.es_read;
	const typed = Object.entries(contents(frm)).filter(([name, value]) => !same(value, read[name]));
	await frm.reload_doc();
	// Frappe asks the server for the moves of the form; when they come, they take the place of the button to save.
	await frappe.after_ajax();
	const theirs = contents(frm);
	const both = [];
	for (const [name, value] of typed) {
		const df = frm.get_field(name).df;
		const theirs_too = !same(theirs[name], read[name]) && !same(theirs[name], value);
		if (theirs_too) both.push(__(df.label));
		await put_back(frm, df, theirs_too ? joined(df, theirs[name], value) : value);
	}
	await frappe.after_ajax();
	if (typed.length) frm.dirty();
	frappe.msgprint({
		title: __("Somebody else has changed this meanwhile"),
		message: told(both),
		indicator: "orange",
	});
}

/** Of a text that both have written, both stay, the stored one first; of anything else, what was chosen here. */
function joined(df, theirs, mine) {
	if (!TEXTS.includes(df.fieldtype) || !theirs || mine.includes(theirs)) return mine;
	return mine ? `${theirs}\n\n${mine}` : theirs;
}

async function put_back(frm, df, value) {
	if (!is_table(df)) {
		await frm.set_value(df.fieldname, value);
		return;
	}
	frm.clear_table(df.fieldname);
	value.forEach((row) => frm.add_child(df.fieldname, row));
	frm.refresh_field(df.fieldname);
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
	if (frm?.es_read && frm.is_dirty()) {
		// Frappe's form has first to learn that its save has failed.
		setTimeout(() => take_in(frm));
	} else {
		frappe.msgprint(JSON.parse(answer._server_messages || "[]"));
	}
});

Object.assign(es, { remember, take_in, say_overtaken });
