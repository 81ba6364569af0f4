frappe.query_reports["Use of Fields"] = early_support.figures.report({
	places: true,
	without: ["compare"],
	more: [
		{
			fieldname: "form",
			label: __("Form"),
			fieldtype: "Select",
			options: frappe.boot.early_support_forms.map((value) => ({ value, label: __(value) })),
			default: frappe.boot.early_support_forms[0],
			reqd: 1,
		},
	],
});
