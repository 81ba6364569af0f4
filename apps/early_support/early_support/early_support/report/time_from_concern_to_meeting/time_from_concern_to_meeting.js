frappe.query_reports["Time from Concern to Meeting"] = early_support.figures.report({ places: true });
