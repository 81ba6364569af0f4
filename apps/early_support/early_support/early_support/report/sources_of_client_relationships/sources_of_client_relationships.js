frappe.query_reports["Sources of Client Relationships"] = early_support.figures.report({ places: false });
