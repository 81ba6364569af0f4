// A table that says, row by row, what differs between two or three versions of the same thing.
import { element } from "./dom";

/** `columns` are [[key, heading]], `rows` [{label, same, [key]: text, list of texts, or null for what is not there}]. */
export function comparison(columns, rows) {
	const head = [__("Field"), ...columns.map(([, heading]) => heading)];
	const body = rows.map((row) =>
		element("tr", {}, name_of(row), ...columns.map(([key]) => cell(row[key], of_all(columns, row))))
	);
	// Narrower than its words it scrolls in itself: so a keyboard has to reach it.
	return element(
		"div",
		{ class: "es-compared", tabindex: "0", role: "region", "aria-label": __("What differs") },
		element(
			"table",
			{ class: "table table-bordered" },
			element("thead", {}, element("tr", {}, ...head.map((text) => element("th", { scope: "col" }, text)))),
			element("tbody", {}, ...body)
		)
	);
}

function name_of({ label, same }) {
	const rest = same > 0 && element("div", { class: "small" }, __("{0} rows are the same", [same]));
	return element("th", { scope: "row" }, label, rest);
}

/** The lines that stand in every version of a list. */
function of_all(columns, row) {
	const sides = columns.map(([key]) => row[key] ?? []);
	if (!sides.every(Array.isArray)) return [];
	return sides.reduce((common, side) => common.filter((line) => side.includes(line)));
}

function cell(side, common) {
	if (side === null) return element("td", {}, __("Not there"));
	if (!Array.isArray(side)) return element("td", {}, side || "–");
	const lines = side.map((line) =>
		element("li", {}, common.length && !common.includes(line) ? element("strong", {}, line) : line || "–")
	);
	return element("td", {}, lines.length ? element("ul", {}, ...lines) : "–");
}
