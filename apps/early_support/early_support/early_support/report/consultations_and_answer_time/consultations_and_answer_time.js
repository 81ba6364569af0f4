frappe.query_reports["Consultations and Answer Time"] = early_support.figures.report({ places: true });
