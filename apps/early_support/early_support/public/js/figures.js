// What the reports on figures have in common: their filters, and how a figure that is hidden is written.
frappe.provide("early_support.figures");

const FIRST_MONTH = 7; // August, counted from 0
const SEASONS_BACK = 5;

// The season of the last full month first, then earlier ones.
function seasons() {
	const month = moment().subtract(1, "months");
	const year = month.month() >= FIRST_MONTH ? month.year() : month.year() - 1;
	return Array.from({ length: SEASONS_BACK }, (_unused, back) => `${year - back}-${year - back + 1}`);
}

function filters(places) {
	const area = {
		fieldname: "service_area",
		label: __("Service area"),
		fieldtype: "Link",
		options: "Service Area",
		get_query: () => {
			const controller = frappe.query_report.get_filter_value("controller");
			return { filters: controller ? { controller } : {} };
		},
	};
	return [
		{
			fieldname: "season",
			label: __("Season"),
			fieldtype: "Select",
			options: seasons(),
			default: seasons()[0],
			reqd: 1,
		},
		{
			fieldname: "controller",
			label: __("Register controller"),
			fieldtype: "Link",
			options: "Register Controller",
		},
		...(places ? [area] : []),
		{ fieldname: "compare", label: __("Compare with the season before"), fieldtype: "Check" },
	];
}

// A count that is empty is hidden; of a median or a share it may also be that there is none.
function formatter(value, row, column, data, default_formatter) {
	if (!data || !column.figure) {
		const text = data && column.fieldname === "label" ? frappe.utils.escape_html(value) : value;
		const shown = default_formatter(text, row, column, data);
		if (data?.kind === "option") return `<span style="padding-left: 1.5em">${shown}</span>`;
		return data?.kind === "whole" ? `<strong>${shown}</strong>` : shown;
	}
	if (value == null) {
		const word = column.figure === "count" ? __("hidden") : "–";
		return `<div class="text-muted" style="text-align: right">${word}</div>`;
	}
	if (column.figure === "share") return `<div style="text-align: right">${value} %</div>`;
	return default_formatter(value, row, column, data);
}

early_support.figures.report = ({ places, more = [], without = [] }) => {
	const usual = filters(places).filter(({ fieldname }) => !without.includes(fieldname));
	return early_support.report({ filters: [...more, ...usual], formatter });
};
