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
	wrapper.on("grid-row-render", (event, row) => name_pencil(row));
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

/** The pencil of a row is a button for the keyboard and for screen readers, too. */
function name_pencil(row) {
	const label = __("Edit row {0}", [row.doc.idx]);
	$(row.row).find(".btn-open-row").attr({ role: "button", tabindex: 0, "aria-label": label });
}
