// The pencil of a row says "Edit" also where the table can only be read. There it is an eye that says "Show", and what it
// opens is headed by the number of the row, and not as if it were edited.
$(document).on("grid-row-render", (_event, row) => {
	const button = $(row.row).find(".btn-open-row");
	if (!button.length) return;
	const icon = button.find("a");
	const word = button.find(".edit-grid-row");
	// From v15 on the word is a tooltip; Bootstrap has taken it out of `title` by now.
	const tooltip = button.attr("data-original-title");
	// The same row of the page shows other documents later, which may be open for writing.
	row.es_frappes ??= { icon: icon.html(), word: word.text(), tooltip };
	const { es_frappes: frappes } = row;
	const may_write = row.grid.is_editable();
	icon.html(may_write ? frappes.icon : frappe.utils.icon("view", "xs"));
	word.text(may_write ? frappes.word : __("Show"));
	if (tooltip) button.attr("data-original-title", may_write ? frappes.tooltip : __("Show"));
	head_when_opened(row);
});

function head_when_opened(row) {
	if (row.es_heads) return;
	row.es_heads = true;
	const { show_form } = row;
	row.show_form = function () {
		const answer = show_form.apply(this, arguments);
		// The words before the number, which stands in an element of its own.
		const words = this.wrapper.find(".grid-form-heading .panel-title").contents().get(0);
		this.es_heading ??= words?.textContent;
		const may_write = this.grid.is_editable();
		if (words) words.textContent = may_write ? this.es_heading : __("Row {0}", ["#"]);
		// Frappe hides it, and shows it again at the end.
		if (!may_write) this.wrapper.find(".grid-append-row").hide();
		return answer;
	};
}
