(() => {
	const DOOR = "early_support.export.door";

	frappe.ui.form.on("Report Destination", {
		refresh(frm) {
			if (frm.is_new() || !frm.perm[0]?.write) return;
			if (frm.doc.status === "Draft" && frm.doc.changed_by === frappe.session.user) {
				frm.set_intro(__("Somebody else than who has changed the destination confirms it."), "blue");
			} else if (frm.doc.status === "Draft") {
				act(frm, __("Confirm"), "confirm_destination", __("Bring the files of report runs there?"));
			}
			if (frm.doc.kind === "SFTP" && frm.doc.sftp_login === "Key") {
				act(frm, __("Make a key"), "make_key", __("Make a new key? The one before is no longer used."));
			}
		},
	});

	function act(frm, label, method, question) {
		frm.add_custom_button(label, () => {
			if (frm.is_dirty()) return frappe.msgprint(__("Please save first."));
			frappe.confirm(question, () =>
				frappe.xcall(`${DOOR}.${method}`, { destination: frm.docname }).then(() => frm.reload_doc())
			);
		});
	}
})();
