(() => {
	const DOOR = "early_support.export.door";

	frappe.ui.form.on("Report Profile", {
		setup(frm) {
			// Only those of the same register controller: nothing is brought to another's.
			frm.set_query("destination", () => ({ filters: { controller: frm.doc.controller || "" } }));
		},

		refresh(frm) {
			const is_draft = frm.is_new() || frm.doc.status === "Draft";
			freeze(frm, !is_draft);
			offer_sources(frm);
			if (is_draft && frm.perm[0]?.write) frm.add_custom_button(__("Preview"), () => preview(frm));
			if (frm.is_new() || !frm.perm[0]?.write) return;
			if (frm.doc.status === "Draft") {
				act(frm, __("Publish"), "publish", __("Publish this version? From then on it stays as it is."));
			} else if (frappe.model.can_create("Report Profile")) {
				frm.add_custom_button(__("New version"), async () => {
					const name = await frappe.xcall(`${DOOR}.new_version`, { profile: frm.docname });
					frappe.set_route("Form", "Report Profile", name);
				});
			}
			if (frm.doc.status === "Published") {
				act(frm, __("Retire"), "retire", __("Take this version out of use? Nothing new can be reported with it."));
			}
		},

		level: offer_sources,
		event: offer_sources,
	});

	/** A version that was published stays as it is, and looks like it. */
	function freeze(frm, frozen) {
		if (frozen) frm.disable_save();
		for (const df of frm.meta.fields) {
			if (!df.read_only) frm.set_df_property(df.fieldname, "read_only", frozen ? 1 : 0);
		}
	}

	function act(frm, label, method, question) {
		frm.add_custom_button(label, () => {
			if (frm.is_dirty()) return frappe.msgprint(__("Please save first."));
			frappe.confirm(question, () =>
				frappe.xcall(`${DOOR}.${method}`, { profile: frm.docname }).then(() => frm.reload_doc())
			);
		});
	}

	/** Offers in each row what a column may be filled from, and shows it there by the words that people know it by. */
	async function offer_sources(frm) {
		const { level, event } = frm.doc;
		const sources = await frappe.xcall(`${DOOR}.fields`, { level, event: event || "" });
		// Another event was chosen meanwhile: its own answer counts, whichever comes first.
		if (frm.doc.level !== level || frm.doc.event !== event) return;
		const labels = Object.fromEntries(sources.map(({ value, label }) => [value, label]));
		const formatter = (value) => frappe.utils.escape_html(labels[value] || value || "");
		for (const table of ["columns", "filters"]) {
			const { grid } = frm.fields_dict[table];
			grid.update_docfield_property("source", "options", sources);
			grid.update_docfield_property("source", "formatter", formatter);
			grid.refresh();
		}
	}

	/** Shows the header and the first rows of what stands in the form, saved or not. */
	async function preview(frm) {
		const shown = await frappe.xcall(`${DOOR}.show_preview`, { profile: JSON.stringify(frm.doc) });
		const dialog = new frappe.ui.Dialog({
			title: __("Preview"),
			size: "extra-large",
			fields: [{ fieldname: "rows", fieldtype: "HTML" }],
		});
		const notes = shown.notes.map((note) => $("<p role='note'>").text(note));
		dialog.fields_dict.rows.$wrapper.append(said_of(shown), notes, table(shown));
		dialog.show();
	}

	function said_of({ made_up, rows }) {
		const text = made_up
			? __("These rows are made up: nobody's records are read for a preview.") +
			  " " +
			  __("Below each key stands what the column tells about a person.")
			: __("The first rows of the latest period that is over. Small figures are hidden, as in the file.");
		return $("<p>").text(rows.length ? text : __("Nothing was counted in the latest period that is over."));
	}

	function table({ columns, rows }) {
		const head = columns.map((column) =>
			$("<th scope='col'>").attr("title", [column.label_fi, column.label_sv].join(" / ")).text(column.key)
		);
		// Of rows: the class of each column decides what may leave, and who has to share it with others.
		const told = columns.map(({ tells }) => $("<td class='text-muted small'>").text(tells));
		const classes = columns.some(({ tells }) => tells) && $("<tr>").append(told);
		const lines = rows.map((row) =>
			$("<tr>").append(row.map((value) => $("<td>").text(value === null ? "" : String(value))))
		);
		return $("<div style='overflow-x: auto' tabindex='0'>").append(
			$("<table class='table table-bordered'>").append(
				$("<thead>").append($("<tr>").append(head), classes || null),
				$("<tbody>").append(lines)
			)
		);
	}
})();
