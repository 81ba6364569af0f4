// Our reports in Frappe's page for reports, without what it offers and the server refuses: cards and charts that are shown to
// everybody, the report itself, reports by e-mail, columns of other forms (access/doors).
import { element } from "./dom";

frappe.provide("early_support");

const CLOSED = ["Edit", "Setup Auto Email", "Add Column", "User Permissions", "Save"];

const is_ours = (page) => page.report_doc?.module === "Early Support";

let is_told = false;

function tell_page() {
	if (is_told) return;
	is_told = true;
	const page = frappe.views.QueryReport.prototype;
	for (const name of ["add_card_button_to_toolbar", "add_chart_buttons_to_toolbar"]) {
		const add = page[name];
		page[name] = function (...words) {
			return is_ours(this) ? undefined : add.apply(this, words);
		};
	}
	const render_chart = page.render_chart;
	page.render_chart = function (options) {
		render_chart.call(this, options);
		if (is_ours(this)) show_legend(this, options.data.datasets);
	};
	const set_menu_items = page.set_menu_items;
	page.set_menu_items = function () {
		if (is_ours(this)) {
			const closed = CLOSED.map((label) => __(label));
			this.menu_items = this.menu_items.filter((item) => !closed.includes(item.label));
		}
		return set_menu_items.call(this);
	};
}

/** What the colours of a chart stand for. Frappe's own legend cuts the words, and they lie over each other. */
function show_legend({ $chart, chart }, datasets) {
	if (datasets.length < 2) return;
	const items = datasets.map(({ name }, index) => {
		const colour = element("span", { "aria-hidden": "true" });
		colour.style.backgroundColor = chart.colors?.[index] || "";
		return element("li", {}, colour, name);
	});
	$chart.append(element("ul", { class: "es-legend" }, ...items));
}

/** The settings of one of our reports. Frappe's page is there by the time the script of a report is read. */
early_support.report = function (settings) {
	tell_page();
	return settings;
};
