// Fills in the code of a child, or of its family, for the Privacy Officer, who knows the name and the birth date.
frappe.provide("es");

es.find_child = function (frm, fill) {
	if (!frm.is_new()) return;
	frm.add_custom_button(__("Find the child"), () => {
		const dialog = new frappe.ui.Dialog({
			title: __("Find the child"),
			fields: [
				{ fieldname: "full_name", fieldtype: "Data", label: __("First names and last name"), reqd: 1 },
				{ fieldname: "birth_date", fieldtype: "Date", label: __("Birth date"), reqd: 1 },
			],
			primary_action_label: __("Find"),
			async primary_action(values) {
				const found = await frappe.xcall("early_support.privacy.find.find_child", values);
				if (found.length !== 1) {
					frappe.msgprint(
						found.length
							? __("There are several: {0}", [found.map((child) => `${child.code}${child.unit ? ` (${child.unit})` : ""}`).join(", ")])
							: __("Nobody with just this name and birth date was found."),
					);
					return;
				}
				dialog.hide();
				fill(found[0]);
			},
		});
		dialog.show();
	});
};
