// The events of the work by month and unit; small counts are hidden on the server.
(() => {
	const MONTHS_TO_CHOOSE = 36;

	// Full ones only, the last first: the server counts no other.
	function months() {
		return Array.from({ length: MONTHS_TO_CHOOSE }, (_unused, back) =>
			moment()
				.startOf("month")
				.subtract(back + 1, "months")
				.format("YYYY-MM")
		);
	}

	frappe.query_reports["Kuukausitilasto"] = early_support.report({
		filters: [
			{
				fieldname: "from_month",
				label: __("From month"),
				fieldtype: "Select",
				options: months(),
				default: months()[0],
				reqd: 1,
			},
			{
				fieldname: "to_month",
				label: __("To month"),
				fieldtype: "Select",
				options: months(),
				default: months()[0],
				reqd: 1,
			},
			{
				fieldname: "controller",
				label: __("Register controller"),
				fieldtype: "Link",
				options: "Register Controller",
			},
			{
				fieldname: "service_area",
				label: __("Service area"),
				fieldtype: "Link",
				options: "Service Area",
				get_query: () => {
					const controller = frappe.query_report.get_filter_value("controller");
					return { filters: controller ? { controller } : {} };
				},
			},
			{
				fieldname: "unit",
				label: __("Day care unit"),
				fieldtype: "Link",
				options: "Day Care Unit",
				get_query: () => {
					const filters = {};
					for (const key of ["controller", "service_area"]) {
						const value = frappe.query_report.get_filter_value(key);
						if (value) filters[key] = value;
					}
					return { filters };
				},
			},
		],

		onload(report) {
			report.page.add_inner_button(__("Download CSV"), () => {
				download_csv(report.get_filter_values(true));
			});
		},

		formatter(value, row, column, data, default_formatter) {
			if (data && column.fieldname === "toimipaikka_oid") {
				return default_formatter(frappe.utils.escape_html(data.unit_title), row, column, data);
			}
			if (data && data.peitetty && ["lkm", "lapsia", "kesto_ka_pv"].includes(column.fieldname)) {
				return `<span class="text-muted">${__("hidden")}</span>`;
			}
			if (["lkm", "lapsia", "kesto_ka_pv"].includes(column.fieldname) && value == null) return "";
			return default_formatter(value, row, column, data);
		},
	});

	function download_csv(filters) {
		const query = new URLSearchParams({ filters: JSON.stringify(filters || {}) });
		window.open(`/api/method/early_support.export.download.kuukausitilasto?${query}`);
	}
})();
