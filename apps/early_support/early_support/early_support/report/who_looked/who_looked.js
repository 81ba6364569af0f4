// Who looked at the records of one child. The search finds only children of the Privacy Officer's own register.
frappe.query_reports["Who Looked"] = early_support.report({
	filters: [
		{
			fieldname: "child",
			label: __("Child"),
			fieldtype: "Autocomplete",
			// A Link would ask for a right to the Child itself, which the Privacy Officer does not have.
			get_query: () => ({ query: "early_support.privacy.who_looked.find_children" }),
			reqd: 1,
		},
		{
			fieldname: "from_date",
			label: __("From"),
			fieldtype: "Date",
			default: frappe.datetime.add_months(frappe.datetime.get_today(), -12),
			reqd: 1,
		},
		{
			fieldname: "to_date",
			label: __("To"),
			fieldtype: "Date",
			default: frappe.datetime.get_today(),
			reqd: 1,
		},
	],
});
