frappe.query_reports["Purge Preview"] = early_support.report({
	filters: [{ fieldname: "all", label: __("Show also what is kept"), fieldtype: "Check" }],
});
