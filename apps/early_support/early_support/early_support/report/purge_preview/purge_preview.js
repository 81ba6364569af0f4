frappe.query_reports["Purge Preview"] = {
	filters: [{ fieldname: "all", label: __("Show also what is kept"), fieldtype: "Check" }],
};
