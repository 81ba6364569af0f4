// What each unit has planned, held and still missing in a season.
(() => {
	const FIRST_MONTH = 7; // August, counted from 0
	const SEASONS_BACK = 3;

	// The next season first, then this one and earlier ones.
	function seasons() {
		const now = moment();
		const year = now.month() >= FIRST_MONTH ? now.year() : now.year() - 1;
		return Array.from(
			{ length: SEASONS_BACK + 2 },
			(_unused, back) => `${year + 1 - back}-${year + 2 - back}`
		);
	}

	frappe.query_reports["Vuosikello"] = early_support.report({
		filters: [
			{
				fieldname: "season",
				label: __("Season"),
				fieldtype: "Select",
				options: seasons(),
				default: seasons()[1],
				reqd: 1,
			},
			{
				fieldname: "unit",
				label: __("Day care unit"),
				fieldtype: "Link",
				options: "Day Care Unit",
			},
		],

		formatter(value, row, column, data, default_formatter) {
			if (data && ["unit_title", "kind_title"].includes(column.fieldname)) {
				return default_formatter(frappe.utils.escape_html(value), row, column, data);
			}
			const shown = default_formatter(value, row, column, data);
			if (!data || !["missing", "due"].includes(column.fieldname) || !data.missing) return shown;
			return data.late ? `<strong class="es-late">${shown}</strong>` : `<strong>${shown}</strong>`;
		},
	});
})();
