// On a telephone a table of Frappe's is twice as wide as the screen. In our forms each row is a card there, with the name
// of the field over each cell; the style sheet does the rest.
const styled = new Set();

/** Lets the tables of a form name their cells, from the labels of the form and in the person's language. */
export function name_cells(frm) {
	frm.wrapper.classList.add("es-form");
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
