// The tables of our forms. On a telephone a table of Frappe's is twice as wide as the screen: there each row is a card, with
// the name of the field over each cell; the style sheet does the rest.
const styled = new Set();

$(document).on("form-refresh", (_event, frm) => {
	if (frm.meta.module !== "Early Support") return;
	name_cells(frm);
	// At the first refresh its tables are not drawn yet.
	$(frm.wrapper).one("render_complete", () => say_once(frm));
});

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

/** A table that is called like the heading over it has its label for screen readers only. */
function say_once(frm) {
	for (const { df, grid, section } of frm.fields) {
		if (df.fieldtype !== "Table" || !grid?.wrapper) continue;
		const heading = section?.df.label;
		const is_double = Boolean(heading) && __(heading) === __(df.label);
		grid.wrapper.children(".control-label").toggleClass("sr-only", is_double);
	}
}
