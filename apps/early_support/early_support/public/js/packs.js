// Form packs: making one, bringing one, what it would change here, and how far an import is. What is open, and to whom, is
// said by the server (forms/packs.py).
import { element } from "./dom";

const METHOD = "early_support.forms.packs";
const EVENT = "early_support_form_pack";
const parts = () => ({
	Forms: __("Forms"),
	Lists: __("Lists"),
	Workflows: __("Workflows"),
	Words: __("Translations"),
	Reports: __("Report profiles and code maps"),
});
const steps = () => ({
	Add: __("Would be added"),
	Change: __("Would be changed"),
	Retire: __("Would be retired"),
	Stays: __("Stays as it is"),
});
// Frappe's own names of these say nothing to whoever knows forms only.
const kinds = () => ({ "Custom Field": __("Added field"), "Property Setter": __("Changed property"), Translation: __("Translation") });
const AGAIN = 10000; // milliseconds
const WAITING = ["Queued", "Making", "Comparing", "Importing", "Rolling Back"];
// How far the server has got with each pack, as it has told: the page may be drawn only after that.
const so_far = {};
const call = (method, values) => frappe.xcall(`${METHOD}.${method}`, values);
const open_pack = (name) => frappe.set_route("Form", "Form Pack", name);

function parts_field(chosen) {
	const options = Object.entries(parts()).map(([value, label]) => ({
		label,
		value,
		checked: !chosen || chosen.includes(value),
	}));
	return { fieldname: "parts", fieldtype: "MultiCheck", label: __("Parts"), options, columns: 2 };
}

/** Offers to choose some of the forms, of which those stand there ticked that were chosen before. */
function forms_fields(forms, chosen = forms) {
	const options = forms.map((form) => ({ value: form, label: __(form), checked: chosen.includes(form) }));
	return [
		{
			fieldname: "only_forms",
			fieldtype: "Check",
			label: __("Only these forms"),
			default: chosen.length < forms.length ? 1 : 0,
			description: __("Narrows the forms, workflows and translations. Lists and reports belong to no form."),
		},
		{ fieldname: "forms", fieldtype: "MultiCheck", options, columns: 2, select_all: true, depends_on: "only_forms" },
	];
}

/** The parts and forms that were chosen, joined by commas; no forms where all are meant. Says so where nothing was chosen. */
function chosen_of({ parts: some_parts = [], only_forms, forms: some_forms = [] }) {
	if (!some_parts.length || (only_forms && !some_forms.length)) {
		frappe.msgprint(__("Choose at least one part and one form."));
		throw new Error("nothing chosen");
	}
	return { parts: some_parts.join(","), forms: only_forms ? some_forms.join(",") : "" };
}

function ask(title, fields, primary_action_label, done) {
	const dialog = new frappe.ui.Dialog({
		title,
		fields,
		primary_action_label,
		async primary_action(values) {
			dialog.disable_primary_action();
			try {
				await done(values, dialog);
				dialog.hide();
			} catch {
				// Frappe has said why.
				dialog.enable_primary_action();
			}
		},
	});
	dialog.show();
	return dialog;
}

const title_field = () => ({ fieldname: "title", fieldtype: "Data", label: __("Title"), reqd: 1 });

function make() {
	const forms = frappe.boot.early_support_pack_forms;
	const fields = [title_field(), parts_field(), ...forms_fields(forms)];
	ask(__("Make a form pack"), fields, __("Make"), async (values) =>
		open_pack(await call("start_export", { title: values.title, ...chosen_of(values) }))
	);
}

function bring() {
	// The dialog of an earlier attempt may still be in the page.
	const id = frappe.dom.get_unique_id();
	const dialog = ask(
		__("Bring a form pack"),
		[{ fieldname: "file", fieldtype: "HTML" }, title_field()],
		__("Bring"),
		async ({ title }) => {
			const [file] = dialog.$wrapper.find(`#${id}`)[0].files;
			if (!file) {
				frappe.msgprint(__("Choose the file of the pack."));
				throw new Error("no file");
			}
			await open_pack(await call("bring", { title, content: await file.text() }));
		}
	);
	const input = element("input", { type: "file", id, accept: ".json,application/json", class: "form-control" });
	input.addEventListener("change", () => {
		if (!dialog.get_value("title") && input.files.length)
			dialog.set_value("title", input.files[0].name.replace(/\.json$/, ""));
	});
	dialog
		.get_field("file")
		.$wrapper.empty()
		.append(element("label", { for: id, class: "control-label" }, __("File")), input);
}

function compare(frm) {
	const split = (names) => (names || "").split(",").filter(Boolean);
	// Of a pack that was brought by an older version of the app it is not known which forms it is about.
	const forms = frm.doc.forms ? split(frm.doc.forms) : frappe.boot.early_support_pack_forms;
	const fields = [
		parts_field((frm.doc.parts || "").split(",")),
		{
			fieldname: "retire",
			fieldtype: "Check",
			label: __("Retire what the pack lacks"),
			default: frm.doc.retire,
			description: __("Options are offered no longer, fields are shown only where they were answered. Nothing is deleted."),
		},
		...forms_fields(forms, frm.doc.chosen_forms ? split(frm.doc.chosen_forms) : forms),
	];
	ask(__("Compare with this site"), fields, __("Compare"), async (values) => {
		const retire = values.retire ? 1 : 0;
		await call("start_compare", { name: frm.docname, retire, ...chosen_of(values) });
		await frm.reload_doc();
	});
}

function start(frm, method, question) {
	frappe.confirm(question, () => call(method, { name: frm.docname }).finally(() => frm.reload_doc()));
}

const ACTIONS = {
	export: (frm) =>
		frm.add_custom_button(__("Make again"), () =>
			call("start_export_again", { name: frm.docname }).finally(() => frm.reload_doc())
		),
	compare: (frm) => frm.add_custom_button(__("Compare"), () => compare(frm)),
	import: (frm) =>
		frm
			.add_custom_button(__("Import"), () =>
				start(
					frm,
					"start_import",
					__("Import this pack? It is done as a whole or not at all, and can be rolled back.")
				)
			)
			.removeClass("btn-default")
			.addClass("btn-primary"),
	roll_back: (frm) =>
		frm.add_custom_button(__("Roll Back"), () =>
			start(
				frm,
				"start_roll_back",
				__("Put back what was there before the import? What was answered stays readable.")
			)
		),
};

async function refresh(frm) {
	const name = frm.docname;
	frm.disable_save();
	const named = (value) => (value || "").split(",").map((name) => parts()[name] || __(name)).join(", ");
	for (const name of ["parts", "chosen_forms"])
		frm.set_df_property(name, "formatter", (value) => frappe.utils.escape_html(named(value)));
	frm.set_df_property("made_on", "formatter", (value) => frappe.datetime.str_to_user(value));
	const box = frm.get_field("comparison").$wrapper;
	const found = await call("show", { name });
	if (frm.docname !== name) return;
	box.empty().append(...drawn(frm, found));
	frm.clear_custom_buttons();
	if (frm.doc.file) frm.add_custom_button(__("Download the file"), () => download(frm));
	for (const action of found.actions) ACTIONS[action](frm);
	look_again(frm, found);
	if (WAITING.includes(frm.doc.status) && !found.running && frm.doc.status !== "Queued") {
		frm.set_intro(__("This was interrupted. Nothing of it stands; it can be tried again."), "orange");
	} else if (frm.doc.failed_because) {
		frm.set_intro(frappe.utils.escape_html(frm.doc.failed_because), "red");
	}
}

/** Its address alone would show what is in it. */
function download({ doc }) {
	element("a", { href: doc.file, download: `${doc.title}.json` }).click();
}

/** Looks again after a while, where the network lets no message of the end through. */
function look_again(frm, { running }) {
	const name = frm.docname;
	if (!running && frm.doc.status !== "Queued") return;
	setTimeout(() => {
		if (cur_frm === frm && frm.docname === name) frm.reload_doc();
	}, AGAIN);
}

function drawn(frm, { rows, running }) {
	const live = element("p", { role: "status", class: "es-form-pack-progress" });
	if (running || frm.doc.status === "Queued") {
		const bar = element("progress", { class: "es-form-pack-bar", "aria-label": __("Form Pack") });
		live.append(__("Under way …"));
		show_progress(frm, live, bar);
		return [live, bar];
	}
	delete so_far[frm.docname];
	if (!frm.doc.file) return [live, element("p", {}, __("The file is not made yet."))];
	if (!rows.length) {
		const words = frm.doc.seen ? __("The forms here are as in the pack.") : __("Not compared with this site yet.");
		return [live, element("p", {}, words)];
	}
	return [live, table(rows)];
}

function table(rows) {
	const columns = [__("What would be done"), __("Kind"), __("Record"), __("Field"), __("On this site"), __("In the pack")];
	const head = columns.map((label) => element("th", { scope: "col" }, label));
	// Narrower than its words it scrolls in itself: so a keyboard has to reach it.
	return element(
		"div",
		{ class: "es-shipped es-compared", tabindex: "0", role: "region", "aria-label": __("What differs") },
		element(
			"table",
			{ class: "table table-bordered" },
			element("thead", {}, element("tr", {}, ...head)),
			element("tbody", {}, ...rows.flatMap(lines))
		)
	);
}

function lines(row) {
	const fields = row.fields.length ? row.fields : [{ label: "", before: "", after: "" }];
	const span = String(fields.length);
	return fields.map((field, number) => {
		const first = number === 0 && [
			element("td", { rowspan: span }, steps()[row.step], refusal(row)),
			element("td", { rowspan: span }, kinds()[row.kind] || __(row.kind)),
			element("th", { scope: "rowgroup", rowspan: span }, row.title),
		];
		const cells = [field.label && __(field.label), field.before, field.after];
		return element("tr", {}, ...(first || []), ...cells.map((text) => element("td", {}, text || "–")));
	});
}

const refusal = ({ refused, kept }) =>
	refused
		? element("div", { class: "text-danger" }, `${__("Refused")}: ${refused}`)
		: kept && element("div", {}, `${__("It is not retired")}: ${kept}`);

/** Moves the progress of what was asked for here, and shows the form anew when it has ended. */
function told({ name, done, total, status }) {
	if (status) delete so_far[name];
	else so_far[name] = { done, total };
	const frm = cur_frm;
	if (frm?.doctype !== "Form Pack" || frm.docname !== name) return;
	if (status) {
		frm.reload_doc();
		return;
	}
	const [live] = frm.get_field("comparison").$wrapper.find(".es-form-pack-progress");
	const [bar] = frm.get_field("comparison").$wrapper.find(".es-form-pack-bar");
	if (bar) show_progress(frm, live, bar);
}

/** Draws how far it is. On the page: Frappe's progress dialog stays for good where two of these come while it opens. */
function show_progress(frm, live, bar) {
	if (!so_far[frm.docname]) return;
	const { done, total } = so_far[frm.docname];
	const words = frm.doc.action === "export" ? __("{0} of {1} parts", [done, total]) : __("{0} of {1} records", [done, total]);
	live.textContent = words;
	bar.max = total;
	bar.value = done;
}

frappe.ui.form.on("Form Pack", { refresh });

$(document).on("app_ready", () => frappe.realtime.on(EVENT, told));

frappe.provide("early_support.packs");
Object.assign(early_support.packs, { make, bring });
