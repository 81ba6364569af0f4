// The tables of our forms. On a telephone a table of Frappe's is twice as wide as the screen: there each row is a card, with
// the name of the field over each cell; the style sheet does the rest.
const styled = new Set();

const is_ours = (frm) => frm?.meta.module === "Early Support";

$(document).on("form-refresh", (_event, frm) => is_ours(frm) && name_cells(frm));

/** Lets the tables of a form name their cells, from the labels of the form and in the person's language. */
function name_cells(frm) {
	for (const df of frm.meta.fields) {
		const table = `${frm.doctype}/${df.fieldname}`;
		if (df.fieldtype !== "Table" || styled.has(table)) continue;
		styled.add(table);
		const style = document.createElement("style");
		style.textContent = frappe
			.get_meta(df.options)
			.fields.filter((cell) => cell.in_list_view)
			.map((cell) => `${place_of(df, cell)}::before { content: ${JSON.stringify(__(cell.label))}; }`)
			.join("\n");
		document.head.append(style);
	}
}

const place_of = (df, cell) =>
	`.es-form [data-fieldname="${df.fieldname}"] .grid-body .grid-static-col[data-fieldname="${cell.fieldname}"]`;

const table = frappe.ui.form.ControlTable?.prototype;

if (table) {
	const { refresh_input } = table;

	/** Of a table that is called like the heading over it, the label is for screen readers only. */
	table.refresh_input = function (...words) {
		refresh_input.apply(this, words);
		if (!is_ours(this.frm) || !this.grid?.wrapper) return;
		const heading = this.section?.df.label;
		const is_double = Boolean(heading) && __(heading) === __(this.df.label);
		this.grid.wrapper.children(".control-label").toggleClass("sr-only", is_double);
	};
}
