frappe.ui.form.on("Staff Assignment", {
	setup(frm) {
		frm.set_query("role", () => ({ query: "early_support.access.people.staff_roles" }));
		es.offer_only(frm, "unit", __("Units in use"), () => ({ filters: { disabled: 0 } }));
	},
});
