// "Suggest a change" in the menu of our forms, with the form filled in that somebody looks at.
function offer_suggestion(_event, frm) {
	if (!(frappe.boot.early_support_forms || []).includes(frm.doctype)) return;
	frm.page.add_menu_item(__("Suggest a change of this form"), () =>
		frappe.new_doc("Form Change Request", { form: frm.doctype })
	);
}

$(document).on("form-refresh", offer_suggestion);
