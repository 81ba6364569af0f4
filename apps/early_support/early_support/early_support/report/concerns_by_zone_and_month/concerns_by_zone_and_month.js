frappe.query_reports["Concerns by Zone and Month"] = early_support.figures.report({ places: true });
