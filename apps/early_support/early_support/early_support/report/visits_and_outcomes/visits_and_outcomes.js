frappe.query_reports["Visits and Outcomes"] = early_support.figures.report({ places: true });
