// The counts of the registers for which the reader answers; the server gives no others.
frappe.ui.form.on("Purge Run", {
	refresh(frm) {
		const shown = frm.doc.kind === "Dry Run" ? ["due", "held", "kept"] : ["destroyed"];
		const columns = ["document_type", "controller", "unit", ...shown];
		const label = (name) => __(frappe.meta.get_label("Purge Count", name), null, "Purge Count");
		const cell = (tag, text) => `<${tag}>${frappe.utils.escape_html(String(text ?? ""))}</${tag}>`;
		const line = (row) =>
			columns.map((name) => cell("td", name === "document_type" ? __(row[name]) : row[name]));
		const rows = (frm.doc.__onload?.counts || []).map((row) => `<tr>${line(row).join("")}</tr>`);
		frm.get_field("own_counts").$wrapper.html(
			rows.length
				? `<table class="table table-sm"><thead><tr>${columns
						.map((name) => cell("th", label(name)))
						.join("")}</tr></thead><tbody>${rows.join("")}</tbody></table>`
				: `<p class="text-muted">${__("Nothing of your register.")}</p>`
		);
	},
});
