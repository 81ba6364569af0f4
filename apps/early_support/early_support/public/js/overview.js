// The page of a child and the page of a unit, as the first tab of their forms: what is on them is decided on the server
// (overview/), and what is here only writes it down.
import { beginning, element, link } from "./dom";

frappe.provide("es");

const METHOD = "early_support.overview";

function child_overview(frm) {
	show(frm, `${METHOD}.child.get_child`, { child: frm.docname }, (page) => child_page(frm, page));
}

function unit_overview(frm) {
	if (frm.doc.__onload?.overview) show(frm, `${METHOD}.unit.get_unit`, { unit: frm.docname }, unit_page);
}

/** Reads the page anew and puts it in its place, unless another document is open by then. */
async function show(frm, method, asked, make) {
	// Like on a case form, what the rules of access forbid is not offered.
	frm.wrapper.classList.add("es-case");
	if (frm.is_new()) return;
	const field = frm.get_field("overview");
	const name = frm.docname;
	const box = element("div", { class: "es-overview", "aria-busy": "true" });
	// What was there of the same document stays until the new page has come.
	if (frm.es_overview !== name) field.$wrapper.empty().append(box);
	frm.es_overview = name;
	let parts;
	try {
		parts = make(await frappe.xcall(method, asked));
	} catch (error) {
		// Frappe has shown what the server said; only our own mistakes are worth the console.
		if (error instanceof Error) throw error;
		parts = [nothing(__("The overview could not be read. Please open the page again."))];
	}
	if (frm.docname !== name) return;
	box.replaceChildren(...parts);
	box.removeAttribute("aria-busy");
	if (!box.isConnected) field.$wrapper.empty().append(box);
}

// The parts -----------------------------------------------------------------------------------------------------------

function child_page(frm, page) {
	const turns = section(
		"turns",
		__("Your turn"),
		list(page.turns.map((line) => entry(line, { first: line.line, rest: name_of(line) }))) ||
			nothing(__("Nothing about this child waits for you now.")),
		beginnings(frm, page.begin)
	);
	const agreed = section(
		"agreed",
		__("Agreed"),
		list(page.agreed.map((line) => entry(line, { facts: line.facts }))) ||
			nothing(
				__("Nothing has been agreed on yet. Consents, plans and support stand here when the guardians have agreed.")
			),
		page.actions.length && element("h4", {}, __("Agreed actions")),
		list(page.actions.map((action) => entry(action, { first: action.what, facts: who_and_when(action) })))
	);
	const next = section(
		"next",
		__("What comes next"),
		list(page.next.map(dated)) ||
			nothing(__("Nothing is planned. Visits, meetings and reviews stand here when their day is set."))
	);
	const people = section(
		"people",
		__("People involved"),
		list(page.people.map(person)) ||
			nothing(__("Nobody is named yet. The guardians stand here when the family's record has them."))
	);
	return [turns, element("div", { class: "es-columns" }, agreed, next, people), time_line(frm, page.timeline)];
}

/** What may be begun: one button, or one menu of them. */
function beginnings(frm, begin) {
	const buttons = (look) =>
		begin.map(({ doctype, label, offer, source }) => {
			const button = element("button", { type: "button", class: look }, label);
			button.addEventListener("click", () =>
				offer ? es.open_next(frm, offer, source) : frappe.new_doc(doctype, { child: frm.docname })
			);
			return button;
		});
	const look = "btn btn-default btn-sm";
	if (begin.length < 2) return begin.length > 0 && element("p", { class: "es-begin" }, ...buttons(look));
	const opens = { "data-toggle": "dropdown", "aria-haspopup": "true", "aria-expanded": "false" };
	return element(
		"div",
		{ class: "es-begin dropdown" },
		element("button", { type: "button", class: `${look} dropdown-toggle`, ...opens }, __("Begin the next step")),
		element("div", { class: "dropdown-menu" }, ...buttons("dropdown-item"))
	);
}

function unit_page({ week, overdue, waiting, more }) {
	const cut = (part) => more.includes(part) && muted(__("There are more. The lists show all of them."), "p");
	return [
		element(
			"div",
			{ class: "es-columns" },
			section(
				"week",
				__("This week"),
				list(week.map(dated)) ||
					nothing(__("No visit, meeting or review is left this week. They stand here when their day is set.")),
				cut("week")
			),
			section(
				"overdue",
				__("Overdue"),
				list(overdue.map(dated)) || nothing(__("Nothing is overdue. Nothing needs to be done here.")),
				cut("overdue")
			),
			section("waiting", __("Waiting for me"), ...groups(waiting))
		),
	];
}

function groups(waiting) {
	if (!waiting.length) return [nothing(__("Nothing in this unit waits for you now."))];
	return waiting.flatMap(({ title, doctype, items, filters, more }) => [
		element("h4", {}, title),
		list(
			items.map((item) =>
				element(
					"li",
					{},
					item.name ? link(["Form", item.doctype, item.name], item.title || item.name) : beginning(item),
					item.since && muted(day(item.since))
				)
			)
		),
		more && element("p", {}, link(["List", doctype], __("Show all: {0}", [title]), filters)),
	]);
}

function section(key, title, ...parts) {
	const id = `es-overview-${key}`;
	const heading = element("h3", { id }, title);
	return element("section", { class: `es-part es-part-${key}`, "aria-labelledby": id }, heading, ...parts.filter(Boolean));
}

const list = (items) => items.length > 0 && element("ul", {}, ...items);
const nothing = (text) => element("p", { class: "es-nothing" }, text);
const muted = (content, tag = "span") => element(tag, { class: "es-muted" }, content);
const name_of = ({ kind, title }) => (title ? `${kind}: ${title}` : kind);
const day = (value) => element("time", { datetime: value }, frappe.datetime.str_to_user(value));

/** A line: a link to the document, its state in words, and what else is known. */
function entry(line, { first = name_of(line), rest, facts = [] } = {}) {
	return element(
		"li",
		{},
		element(
			"div",
			{ class: "es-line" },
			link(["Form", line.doctype, line.name], first),
			rest && element("span", {}, rest),
			line.late && element("span", { class: "es-state es-late" }, __("Late")),
			line.state && element("span", { class: "es-state" }, line.state)
		),
		facts.length > 0 && element("div", { class: "es-facts" }, ...facts.map(fact))
	);
}

function person({ name, roles }) {
	const facts = roles.map((text) => fact({ text }));
	return element("li", {}, element("strong", {}, name), element("div", { class: "es-facts" }, ...facts));
}

function fact(each) {
	const said = each.day ? day(each.day) : each.text;
	return element("span", {}, each.label && `${each.label}: `, said);
}

function dated(line) {
	const first = line.what || name_of(line);
	const facts = line.what ? [{ text: name_of(line) }, ...who_and_when(line)] : [{ label: line.label, day: line.day }];
	return entry(line, { first, facts });
}

function who_and_when({ who, day: until }) {
	return [
		who && { label: __("Responsible"), text: who },
		until && { label: __("By when"), day: until },
	].filter(Boolean);
}

// The time line -------------------------------------------------------------------------------------------------------

function time_line(frm, first) {
	const months = element("div", { class: "es-months" });
	const status = element("p", { class: "sr-only", role: "status" });
	const more = element("button", { type: "button", class: "btn btn-default btn-sm" }, __("Show earlier"));
	let after;

	function add(page) {
		const lines = page.lines.map((line) => add_to_month(months, line));
		after = page.after;
		more.hidden = !after;
		return lines;
	}

	more.addEventListener("click", async () => {
		more.disabled = true;
		try {
			const lines = add(await frappe.xcall(`${METHOD}.child.get_timeline`, { child: frm.docname, after }));
			status.textContent = __("{0} earlier entries are shown.", [lines.length]);
			lines[0]?.querySelector("a").focus();
		} finally {
			more.disabled = false;
		}
	});

	add(first);
	const empty = nothing(__("Nothing has been recorded about this child yet. Begin with a concern when something worries you."));
	return section("timeline", __("Time line"), first.lines.length ? months : empty, more, status);
}

/** Puts a line under its month, which is made when its first line comes. */
function add_to_month(months, line) {
	const month = line.day.slice(0, 7);
	let items = months.querySelector(`[data-month="${month}"]`);
	if (!items) {
		items = element("ul", { "data-month": month });
		months.append(element("h4", {}, month_name(line.day)), items);
	}
	const item = element(
		"li",
		{},
		day(line.day),
		element(
			"div",
			{ class: "es-line" },
			link(["Form", line.doctype, line.name], name_of(line)),
			line.label && element("span", {}, line.label),
			element("span", { class: "es-state" }, line.state)
		)
	);
	items.append(item);
	return item;
}

function month_name(value) {
	const format = { month: "long", year: "numeric", timeZone: "UTC" };
	const name = new Intl.DateTimeFormat(frappe.boot.lang, format).format(new Date(value));
	return name[0].toUpperCase() + name.slice(1);
}

Object.assign(es, { child_overview, unit_overview });
