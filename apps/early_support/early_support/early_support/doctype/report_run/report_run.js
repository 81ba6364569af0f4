(() => {
	const DOOR = "early_support.export.door";
	const AGAIN = 10000; // milliseconds

	frappe.ui.form.on("Report Run", {
		setup(frm) {
			frm.set_query("profile", () => ({ filters: { status: "Published" } }));
			frm.set_query("replaces", () => ({
				filters: {
					controller: frm.doc.controller,
					period: frm.doc.period,
					workflow_state: ["in", ["Sent", "Acknowledged"]],
				},
			}));
		},

		refresh(frm) {
			es.case_form(frm);
			frm.set_df_property("level", "formatter", (value) => frappe.utils.escape_html(__(value)));
			es.next_step(frm, offer);
			if (!frm.is_new()) offer_files(frm);
			look_again(frm);
		},

		before_workflow_action: (frm) => es.before_move(frm),
		after_workflow_action: (frm) => es.after_move(frm),
	});

	/** What comes next where it is not, or not for everybody, the workflow's first move. */
	function offer(frm) {
		const { workflow_state: state, goes_to, failure, level, requested_by, validated_by } = frm.doc;
		if (frm.is_new()) {
			return {
				line: __("One period of a profile: a worker builds its files as soon as you ask for it."),
				label: __("Ask for the run"),
				run: () => es.save_form(frm),
			};
		}
		if (state === "Queued") return { line: __("A worker builds the files. They are shown here when they are done.") };
		if (state === "Validated" && [requested_by, validated_by].includes(frappe.session.user)) {
			return { line: __("Somebody else approves it: whoever asked for a run, or has validated it, does not.") };
		}
		if (state === "Validated" && level === "Rows" && !frappe.user_roles.includes("Privacy Officer")) {
			return { line: __("Next step: {0}. It is the turn of: {1}.", [__("Approve"), __("Privacy Officer")]) };
		}
		if (state !== "Approved" || !goes_to) return null;
		if (!failure || !frappe.user_roles.includes("Reporting Officer")) {
			return { line: __("The app brings the files to where the run goes.") };
		}
		return {
			line: __("The files have not arrived."),
			label: __("Deliver again"),
			run: () => frappe.xcall(`${DOOR}.deliver_again`, { run: frm.docname }).then(() => frm.reload_doc()),
		};
	}

	/** Looks again after a while: a worker that is quick may be done, and have said so, before the server lets this page listen. */
	function look_again(frm) {
		const name = frm.docname;
		clearTimeout(frm.es_look_again);
		if (frm.is_new() || frm.doc.workflow_state !== "Queued") return;
		frm.es_look_again = setTimeout(() => {
			if (cur_frm === frm && frm.docname === name) frm.reload_doc();
		}, AGAIN);
	}

	/** Links to the files, under a menu of their own. */
	function offer_files(frm) {
		if (!frm.doc.manifest || ["Queued", "Failed", "Superseded"].includes(frm.doc.workflow_state)) return;
		const names = JSON.parse(frm.doc.manifest).files.map((file) => file.name);
		for (const file of [...names, `${frm.docname}.manifest.json`]) {
			const query = new URLSearchParams({ run: frm.docname, file });
			frm.add_custom_button(file, () => window.open(`/api/method/${DOOR}.download?${query}`), __("Files"));
		}
	}
})();
