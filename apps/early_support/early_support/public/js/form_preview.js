// Shows the form, or the list, as it would be with the change that a Form Change Request asks for (forms/preview.py):
// drawn by Frappe's own layout, empty, and read-only.
import { comparison } from "./compare";
import { element } from "./dom";
import { LANGUAGES } from "./languages";

frappe.provide("es");

const look = (name, language) => frappe.xcall("early_support.forms.preview.show", { name, language });

/** Offers the preview of a request, which has to be stored first: the server reads what it asks for. */
function form_preview(frm) {
	frm.add_custom_button(__("Preview"), async () => {
		if (frm.is_new() || frm.is_dirty()) await es.save_form(frm);
		// Frappe keeps to itself that a save has failed.
		if (frm.is_new() || frm.is_dirty()) return;
		show(frm, await look(frm.docname));
	});
}

function show(frm, found) {
	const name = frm.docname;
	const dialog = new frappe.ui.Dialog({
		title: found.form
			? __("Preview of the form “{0}”", [found.form])
			: __("Preview of the list “{0}”", [found.list]),
		size: "extra-large",
	});
	const content = element("div", { class: "es-preview-parts" });
	const languages = element(
		"div",
		{ class: "btn-group", role: "group", "aria-label": __("Language") },
		...LANGUAGES.map(({ value, label }) => language_button(value, label))
	);

	function language_button(value, label) {
		const button = element("button", { type: "button", class: "btn btn-default btn-sm", lang: value }, label);
		button.addEventListener("click", async () => fill(await look(name, value)));
		return button;
	}

	function fill(now) {
		LANGUAGES.forEach(({ value }, at) =>
			languages.children[at].setAttribute("aria-pressed", value === now.language)
		);
		content.replaceChildren(...contents(now));
	}

	dialog.$body.append(
		element("p", {}, __("This is how it would be. Nothing is saved here, and no case is shown.")),
		languages,
		content
	);
	fill(found);
	name_dialog(dialog);
	dialog.on_page_show = () => languages.querySelector("[aria-pressed=true]").focus();
	dialog.$wrapper.on("hidden.bs.modal", () => {
		dialog.$wrapper.remove();
		// The one that is there now: saving has drawn it anew.
		frm.custom_buttons[__("Preview")]?.trigger("focus");
	});
	dialog.show();
}

/** Frappe gives a dialog no role, and its cross no name. */
function name_dialog(dialog) {
	const title = dialog.$wrapper.find(".modal-title").get(0);
	title.id ||= `es-title-${frappe.utils.get_random(8)}`;
	dialog.$wrapper.attr({ role: "dialog", "aria-modal": "true", "aria-labelledby": title.id });
	dialog.get_close_btn().attr("aria-label", __("Close"));
}

function contents(found) {
	const rows = comparison(
		[
			["before", __("Before the change")],
			["after", __("After the change")],
		],
		found.rows
	);
	const parts = [element("h4", {}, __("What changes")), rows];
	if (!found.fields) return parts;
	const seen = visible(found.fields);
	const hidden_away = found.changed.some((name) => {
		const field = found.fields.find(({ fieldname }) => fieldname === name);
		return field && !seen.has(name) && field.depends_on !== name;
	});
	const form = element("div", {
		class: "es-preview",
		lang: found.language,
		role: "region",
		tabindex: "0",
		"aria-label": found.form,
	});
	const everything = element("input", { type: "checkbox" });
	everything.checked = hidden_away;
	const redraw = () => draw(form, found, everything.checked ? null : seen);
	everything.addEventListener("change", redraw);
	redraw();
	return [
		...parts,
		element("h4", {}, __("The form")),
		element("label", {}, everything, " ", __("Show also what is shown only later, or in certain cases")),
		form,
	];
}

function draw(box, found, seen) {
	box.replaceChildren();
	const drawn = found.fields.filter(({ fieldname }) => !seen || seen.has(fieldname));
	const layout = new frappe.ui.FieldGroup({
		body: box,
		fields: drawn.map((field) => read_only(field, seen)),
		// So Frappe does not paint red what is required and empty.
		is_dialog: true,
		no_submit_on_enter: true,
	});
	layout.make();
	const is_new = found.rows.some((row) => row.before === null);
	for (const field of drawn) {
		const place = layout.fields_dict[field.fieldname]?.wrapper;
		if (!place) continue;
		const words = field.options?.map(({ label }) => label) || field.columns;
		if (words?.length) $(place).append(element("ul", {}, ...words.map((word) => element("li", {}, word))));
		if (!found.changed.includes(field.fieldname)) continue;
		const mark = element("strong", { class: "es-mark", lang: frappe.boot.lang }, is_new ? __("Added") : __("Changed"));
		$(place).addClass("es-changed").prepend(mark);
	}
}

function read_only(field, seen) {
	const { fieldname, fieldtype } = field;
	return {
		fieldname,
		fieldtype,
		label: as_it_is(field.label),
		description: as_it_is(field.description),
		reqd: field.reqd || (seen && field.mandatory_depends_on && holds(field.mandatory_depends_on, seen.doc)) ? 1 : 0,
		read_only: 1,
		hidden: 0,
	};
}

/** Words that are in their language already. Frappe translates what it draws: with a mark that nobody sees, it finds no
 * translation. */
const as_it_is = (text) => text && `${frappe.utils.escape_html(text)}\u200b`;

/** The names of the fields that a new, empty document shows, with the `doc` itself. */
function visible(fields) {
	const doc = { __islocal: 1 };
	for (const field of fields) {
		if (field.columns) doc[field.fieldname] = [];
		if (field.default) doc[field.fieldname] = field.fieldtype === "Check" ? cint(field.default) : field.default;
	}
	const seen = Object.assign(new Set(), { doc });
	let open = true;
	for (const field of fields) {
		const shown = holds(field.depends_on, doc);
		if (field.fieldtype === "Section Break") open = shown;
		if (open && shown) seen.add(field.fieldname);
	}
	return seen;
}

function holds(condition, doc) {
	if (!condition) return true;
	if (!condition.startsWith("eval:")) return Boolean(doc[condition]?.length ?? doc[condition]);
	try {
		return Boolean(frappe.utils.eval(condition.slice(5), { doc, parent: doc }));
	} catch {
		// It asks for what an empty form has not got.
		return false;
	}
}

Object.assign(es, { form_preview });
