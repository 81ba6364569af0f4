// Tab goes through our forms as through any page. Frappe's own way skips every button, opens the form of a row as soon as
// it comes to a table, and stands still before a field that shows something else than an input, such as the worry scale.

const HEAD = ".section-head:has(.collapse-indicator)";

/** Lets Tab go from field to field and button to button, and into the rows of tables. */
export function let_tab_go(frm) {
	if (frm.es_tab_goes) return;
	frm.es_tab_goes = true;
	const { handle_tab } = frm.layout;
	frm.layout.handle_tab = function (doctype, ...field) {
		// In the form of a row, Frappe's way leads from row to row.
		return doctype === this.doctype ? undefined : handle_tab.call(this, doctype, ...field);
	};
	const wrapper = $(frm.wrapper);
	// The editor of comments would keep the key to itself.
	const pass_editor = (event) => {
		if (event.key === "Tab" && event.target.closest(".ql-editor")) event.stopImmediatePropagation();
	};
	wrapper.get(0).addEventListener("keydown", pass_editor, true);
	wrapper.on("grid-row-render", (event, row) => {
		name_pencil(row);
		open_cells(row);
	});
	wrapper.on("keydown", `.btn-open-row, ${HEAD}`, (event) => {
		if (!["Enter", " "].includes(event.key)) return;
		event.preventDefault();
		event.currentTarget.click();
	});
	wrapper.on("click", HEAD, () => name_heads(frm));
}

/** The head of a section that is folded away opens it for the keyboard, too. Called when the form is drawn. */
export function name_heads(frm) {
	// Frappe folds it first.
	setTimeout(() => {
		for (const head of $(frm.wrapper).find(HEAD)) {
			$(head).attr({ role: "button", tabindex: 0, "aria-expanded": !head.classList.contains("collapsed") });
		}
	});
}

/** The pencil of a row is a button for the keyboard and for screen readers, too; it says what it does (row_labels.js). */
function name_pencil(row) {
	const { idx } = row.doc;
	const label = row.grid.is_editable() ? __("Edit row {0}", [idx]) : __("Show row {0}", [idx]);
	$(row.row).find(".btn-open-row").attr({ role: "button", tabindex: 0, "aria-label": label });
}

/** Where a table is answered in its cells, the keyboard steps into a row as a click does, from cell to cell, and out again.
 * Up and down stay Frappe's: they lead to the same cell of another row. */
function open_cells(row) {
	const { grid } = row;
	if (!row.es_steps) {
		row.es_steps = true;
		const { toggle_editable_row } = row;
		row.toggle_editable_row = function () {
			const answer = toggle_editable_row.apply(this, arguments);
			mark_cells(row);
			return answer;
		};
	}
	row.es_first = grid.is_editable() && grid.allow_on_grid_editing() && row.columns_list.find(({ df }) => !df.read_only);
	mark_cells(row);
}

function mark_cells(row) {
	const at_rest = ".grid-static-col[tabindex]";
	$(row.row).find(at_rest).removeAttr("role tabindex aria-label").off("focus.es");
	if (!row.es_first) return;
	if (!row.row.hasClass("editable-row")) {
		row.es_first
			.attr({ role: "group", tabindex: 0, "aria-label": __("Answer row {0}", [row.doc.idx]) })
			.on("focus.es", () => step_in(row));
		return;
	}
	for (const { df, field } of row.columns_list) field?.$input?.attr("aria-label", `${name_of(row)}: ${__(df.label)}`);
	leave_at_the_end(row);
}

function step_in(row) {
	const { es_first } = row;
	row.toggle_editable_row();
	es_first.find("input, select, textarea").first().trigger("focus");
}

/** What a row is about, if its first column says so and is not to be filled in. */
function name_of(row) {
	const [first] = row.columns_list;
	const words = first.df.read_only && first.static_area.text().trim();
	return words || __("Row {0}", [row.doc.idx]);
}

/** Behind the last cell of a table Frappe puts another row, each time somebody wants to leave it by Tab: what it takes for the
 * last one is no cell here. */
function leave_at_the_end(row) {
	$(row.row).find("[data-last-input]").removeAttr("data-last-input");
	row.es_end ??= $('<button type="button" class="es-end" tabindex="-1" hidden></button>');
	row.wrapper.append(row.es_end);
}
