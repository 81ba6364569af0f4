frappe.ui.form.on("Code Map", {
	refresh(frm) {
		if (frm.is_new() || !frappe.model.can_create("Code Map")) return;
		// Whoever may not change one that is everybody's goes on with a copy.
		frm.add_custom_button(__("Duplicate as own"), () => {
			const field = {
				fieldname: "controller",
				fieldtype: "Link",
				label: __("Register controller"),
				options: "Register Controller",
				reqd: 1,
			};
			const duplicate = async ({ controller }) => {
				const name = await frappe.xcall("early_support.export.door.duplicate_code_map", {
					code_map: frm.docname,
					controller,
				});
				frappe.set_route("Form", "Code Map", name);
			};
			frappe.prompt([field], duplicate, __("Duplicate as own"), __("Duplicate"));
		});
	},
});
