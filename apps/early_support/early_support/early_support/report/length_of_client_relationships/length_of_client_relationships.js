frappe.query_reports["Length of Client Relationships"] = early_support.figures.report({ places: false });
