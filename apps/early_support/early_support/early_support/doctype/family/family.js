frappe.ui.form.on("Family", {
	refresh(frm) {
		const words = [__("Mother"), __("Father"), __("Foster parent"), __("Grandparent"), __("Other guardian")];
		frm.fields_dict.guardians.grid.update_docfield_property("relation", "options", words);

		const hidden = (frm.doc.guardians || []).some((guardian) => guardian.non_disclosure);
		if (hidden && !frm.is_new() && frappe.user.has_role("Unit Director")) {
			frm.add_custom_button(__("Open protected contacts"), () => open_protected_contacts(frm));
		}
	},
});

async function open_protected_contacts(frm) {
	const guardians = await frappe.xcall("early_support.access.contacts.protected_contacts", {
		family: frm.doc.name,
	});
	const escape = frappe.utils.escape_html;
	const rows = guardians.map(
		({ full_name, phone, email }) =>
			`<dt>${escape(full_name)}</dt><dd>${escape(phone || "–")}<br>${escape(email || "–")}</dd>`
	);
	frappe.msgprint({ title: __("Protected contacts"), message: `<dl>${rows.join("")}</dl>` });
}
