// What a form holds, and how the same form filled in twice becomes one again: three versions of each field, as it was
// read, as it is stored by now, and as it was typed here.

const TEXTS = ["Small Text", "Text", "Long Text", "Text Editor"];
const WRITTEN = ["Data", ...TEXTS];
// A password is nobody's to keep, not even for a minute.
const NEVER = ["Password"];

export const is_table = (df) => frappe.model.table_fields.includes(df.fieldtype);

// The name of a row tells which row it is, and is no part of what it says. An empty field is stored as 0, null or "".
const said = (value) => JSON.stringify(value || "", (key, part) => (key === "name" ? undefined : part || ""));
export const same = (one, other) => said(one) === said(other);

/** What people write in the form: fieldname → value, of a table its rows without what Frappe adds to them. */
export function contents(frm, doc = frm.doc) {
	const fields = frm.meta.fields.filter(
		(df) =>
			!df.read_only &&
			!NEVER.includes(df.fieldtype) &&
			(is_table(df) || !frappe.model.no_value_type.includes(df.fieldtype))
	);
	return Object.fromEntries(fields.map((df) => [df.fieldname, plain(doc[df.fieldname], df)]));
}

function plain(value, df) {
	if (!is_table(df)) return value ?? "";
	const kept = frappe.get_meta(df.options).fields.filter((field) => !NEVER.includes(field.fieldtype));
	const names = kept.map((field) => field.fieldname);
	return (value || []).map((row) => ({
		name: row.name,
		...Object.fromEntries(names.map((name) => [name, row[name] ?? ""])),
	}));
}

/** The text in which the cursor stands, as a field of the form: from a cell of a table Frappe takes it into the document only
 * when the cursor leaves it. */
export function text_at_cursor(frm, now) {
	const at = document.activeElement;
	const is_at = ({ $input, df }) => $input?.get(0) === at && WRITTEN.includes(df.fieldtype);
	for (const field of frm.fields) {
		const name = field.df.fieldname;
		if (name in now && is_at(field)) return { [name]: at.value };
		for (const row of field.grid?.grid_rows || []) {
			const controls = [...Object.values(row.on_grid_fields_dict || {}), ...(row.grid_form?.fields || [])];
			const cell = controls.find(is_at)?.df.fieldname;
			if (!cell) continue;
			const typed = (cells) => (cells.name === row.doc.name ? { ...cells, [cell]: at.value } : cells);
			return { [name]: now[name].map(typed) };
		}
	}
	return {};
}

/** The fields of `now` that are not as in `before`. */
export function changes(now, before) {
	return Object.fromEntries(Object.entries(now).filter(([name, value]) => !same(value, before[name])));
}

/** Puts what was typed over what is stored by now. Returns the fields to be set, and the names of those that both have
 * changed: of a text that both have written both stay, the stored one first; of a table the rows of both; of anything
 * else what was chosen here. */
export function merge(meta, { read, theirs, mine }) {
	const values = {};
	const both = [];
	for (const [name, value] of Object.entries(mine)) {
		const df = meta.fields.find((field) => field.fieldname === name);
		if (!df || same(theirs[name], value)) continue;
		const theirs_too = name in read && !same(theirs[name], read[name]);
		if (theirs_too) both.push(name);
		values[name] = theirs_too ? joined(df, read[name], theirs[name], value) : value;
	}
	return { values, both };
}

function joined(df, read, theirs, mine) {
	if (is_table(df)) return joined_rows(frappe.get_meta(df.options), read, theirs, mine);
	if (!TEXTS.includes(df.fieldtype) || !theirs || mine.includes(theirs)) return mine;
	return mine ? `${theirs}\n\n${mine}` : theirs;
}

/** The stored rows, with what was changed in them here, and then the rows that are here only. A row that one has taken out
 * stays out unless the other has changed it. */
function joined_rows(meta, read, theirs, mine) {
	const of = (rows, row) => rows.find(({ name }) => name === row.name);
	const untouched = (row) => of(read, row) && same(of(read, row), row);
	const stored = theirs.filter((row) => of(mine, row) || !untouched(row));
	const added = mine.filter((row) => !of(theirs, row) && !untouched(row));
	return [...stored.map((row) => joined_row(meta, of(read, row), row, of(mine, row))), ...added];
}

function joined_row(meta, read, theirs, mine) {
	if (!read || !mine) return theirs;
	const { values } = merge(meta, { read, theirs, mine: changes(mine, read) });
	return { ...theirs, ...values };
}

/** Sets a field as if it were typed. Of a table the rows that are there already stay the same rows. */
export async function put_back(frm, name, value) {
	const { df } = frm.get_field(name);
	if (!is_table(df)) {
		await frm.set_value(name, value);
		return;
	}
	const here = new Map((frm.doc[name] || []).map((row) => [row.name, row]));
	const rows = value.map(({ name: row, ...cells }) =>
		Object.assign(here.get(row) || frappe.model.add_child(frm.doc, df.options, name), cells)
	);
	for (const row of here.values()) {
		if (!rows.includes(row)) frappe.model.clear_doc(row.doctype, row.name);
	}
	rows.forEach((row, at) => (row.idx = at + 1));
	frm.doc[name] = rows;
	frm.refresh_field(name);
}
