// What is typed and not saved yet is kept in this browser, so that a time-out, a closed lid, a crash or a lost network
// loses nothing (docs/drafts.md). What was kept is offered when the form is opened again; putting it back fills in the
// form and does nothing else, so that the rules of the server hold as for anything that is typed.
import { element, link } from "./dom";
import * as store from "./draft_store";
import { changes, contents, is_table, merge, put_back, same, text_at_cursor } from "./form_values";
import { let_tab_go, name_heads } from "./keyboard";
import { all_papers, is_ours, paper_of, time_of } from "./papers";
import { tell } from "./save_bar";

frappe.provide("early_support.drafts");

// Milliseconds: after a pause in the typing, and at the latest.
const PAUSE = 600;
const LATEST = 2500;

const random = () => frappe.utils.get_random(20);

// This page among all pages of the browser. It holds a lock as long as it lives: what is typed in another page that is
// still open is not offered here.
const PAGE = "early_support_page:";
const page = random();
navigator.locks?.request(PAGE + page, () => new Promise(() => {}));

async function other_pages() {
	const held = (await navigator.locks?.query())?.held || [];
	return new Set(held.map(({ name }) => name.replace(PAGE, "")).filter((name) => name !== page));
}

const is_possible = () => window.isSecureContext && window.indexedDB && navigator.locks;

// Keeping -----------------------------------------------------------------------------------------------------------------

function watch(frm) {
	if (frm.es_watched) return;
	frm.es_watched = true;
	const wrapper = $(frm.wrapper).get(0);
	for (const kind of ["keydown", "pointerdown", "input"]) {
		wrapper.addEventListener(kind, (event) => event.isTrusted && touch(frm), true);
	}
	wrapper.addEventListener("input", () => soon(frm));
	$(frm.wrapper).on("dirty", () => {
		soon(frm);
		tell(frm);
	});
}

/** From the first touch on, what changes is the person's; before it, forms fill in much by themselves. */
function touch(frm) {
	const paper = paper_of(frm.doc);
	if (paper.touched) return;
	paper.touched = true;
	paper.base = contents(frm);
}

function soon(frm) {
	const { doc } = frm;
	const paper = paper_of(doc);
	if (!paper.touched || !is_possible()) return;
	clearTimeout(paper.timer);
	paper.since ??= Date.now();
	const wait = Math.min(PAUSE, Math.max(0, paper.since + LATEST - Date.now()));
	paper.due = () => keep(frm, doc);
	paper.timer = setTimeout(paper.due, wait);
}

/** Keeps what is typed in a document now, or forgets it when everything is as it was. */
function keep(frm, doc = frm.doc) {
	const paper = paper_of(doc);
	clearTimeout(paper.timer);
	Object.assign(paper, { since: null, due: null });
	const draft = compose(frm, doc);
	paper.work = paper.work
		.then(() => (draft ? store.put(paper.id, draft) : store.remove(paper.id)))
		.then(
			() => (paper.kept = Boolean(draft)),
			() => (paper.kept = false)
		)
		.then(() => tell(frm));
	return paper.work;
}

function compose(frm, doc) {
	const { base } = paper_of(doc);
	const read = doc.__islocal ? base : frm.es_reads?.[doc.name];
	if (!read) return null;
	const now = contents(frm, doc);
	if (frm.doc === doc) Object.assign(now, text_at_cursor(frm, now));
	const changed = changes(now, read);
	if (!Object.keys(changed).length) return null;
	const draft = { doctype: doc.doctype, page, at: Date.now() };
	if (!doc.__islocal) {
		const before = Object.fromEntries(Object.keys(changed).map((name) => [name, read[name]]));
		return { ...draft, name: doc.name, read: before, mine: changed };
	}
	// With what it began with: the same form is made anew out of it.
	const filled = Object.entries(now).filter(([name, value]) => name in changed || !same(value, ""));
	return { ...draft, once: doc.__once, read: {}, mine: Object.fromEntries(filled) };
}

function forget(doc) {
	const paper = paper_of(doc);
	clearTimeout(paper.timer);
	Object.assign(paper, { touched: false, base: null, kept: false, since: null, due: null });
	paper.work = paper.work.then(() => store.remove(paper.id)).catch(() => {});
}

/** The lid is closed, another window comes, the page goes: nothing waits for a pause. */
function keep_all() {
	for (const { due } of all_papers()) due?.();
}

document.addEventListener("visibilitychange", () => document.hidden && keep_all());
window.addEventListener("pagehide", keep_all);

$(document).on("save", () => {
	const frm = window.cur_frm;
	if (!is_ours(frm)) return;
	const doc = { doctype: frm.doctype, name: frm.docname };
	forget(doc);
	paper_of(doc).saved = Date.now();
});

// The form had arrived before, and the network was lost on the way back: what was typed since goes on in what is stored.
frappe.request.on_error("AlreadyStored", (answer) => {
	const frm = window.cur_frm;
	const { doc } = frm;
	const draft = compose(frm, doc) || { doctype: doc.doctype, at: Date.now(), read: {}, mine: {} };
	const paper = paper_of(doc);
	forget(doc);
	paper.work = paper.work.then(() => store.put(random(), { ...draft, name: answer.stored_as, goes_on: true }));
	paper_of({ doctype: doc.doctype, name: answer.stored_as }).saved = Date.now();
	// Frappe's form has first to learn that its save has failed.
	setTimeout(async () => {
		await paper.work.catch(() => {});
		await frappe.set_route("Form", doc.doctype, answer.stored_as);
		frappe.model.remove_from_locals(doc.doctype, doc.name);
	});
});

// Offering ----------------------------------------------------------------------------------------------------------------

async function look(frm) {
	const { doc } = frm;
	watch(frm);
	es.remember(frm);
	if (doc.__islocal) doc.__once ??= random();
	tell(frm);
	if (frm.es_taking_in || !is_possible()) return;
	const { es_thrown } = frm;
	const found = is_typed_here(frm) ? [] : await kept_for(frm);
	if (frm.doc !== doc || is_typed_here(frm)) return;
	// What somebody has thrown away, or taken back meanwhile, stands as he or she left it: it can be taken back still.
	if (frm.es_thrown !== es_thrown || (!found.length && es_thrown === doc.name)) return;
	const [first] = found;
	// Read anew without being saved: what is typed from now on does not take the place of what was kept before.
	const paper = paper_of(doc);
	if (found.some(([id]) => id === paper.id)) Object.assign(paper, { id: random(), kept: false });
	if (first?.[1].goes_on) {
		await restore(frm, ...first);
	} else {
		await offer(frm, first);
	}
}

const is_typed_here = (frm) => Boolean(paper_of(frm.doc).touched && compose(frm, frm.doc));

async function drafts() {
	const [kept, open] = await Promise.all([store.all().catch(() => []), other_pages()]);
	return kept.filter(([, draft]) => !open.has(draft.page));
}

/** The drafts that belong into this form, without those of which nothing differs any more. */
async function kept_for(frm) {
	const found = [];
	for (const [id, draft] of await drafts()) {
		const here = frm.is_new() ? !draft.name && fits(frm, draft) : draft.name === frm.docname;
		if (draft.doctype !== frm.doctype || !here) continue;
		if (differences(frm, draft).length) found.push([id, draft]);
		else if (draft.name) await store.remove(id);
	}
	return found;
}

/** A new form is about somebody from its beginning: what was written about one child is not offered for another. */
function fits(frm, { mine }) {
	const about = frm.meta.fields.filter((df) => df.fieldtype === "Link" && df.set_only_once);
	return about.every(({ fieldname: name }) => !frm.doc[name] || !mine[name] || frm.doc[name] === mine[name]);
}

/** [{df, mine, now, both}] of the fields that stand otherwise in the form. */
function differences(frm, { read, mine }) {
	const now = contents(frm);
	return frm.meta.fields
		.filter(({ fieldname: name }) => name in mine && !same(mine[name], now[name]))
		.map((df) => {
			const name = df.fieldname;
			return { df, mine: mine[name], now: now[name], both: name in read && !same(read[name], now[name]) };
		});
}

function may_write(frm, name) {
	const df = { ...frm.get_field(name).df, hidden_due_to_dependency: 0 };
	return frappe.perm.get_field_display_status(df, frm.doc, frm.perm) === "Write";
}

async function offer(frm, [id, draft] = []) {
	if (!draft) {
		place(frm)?.replaceChildren();
		return;
	}
	const { doc } = frm;
	const found = differences(frm, draft);
	await titles_of(found);
	if (frm.doc !== doc) return;
	const open = found.filter(({ df }) => may_write(frm, df.fieldname));
	const title = __("You wrote here on {0}, and it was not saved.", [moment_of(draft.at)]);
	show(
		frm,
		title,
		open.length
			? __("It was kept on this computer, and nobody else can read it here.")
			: __("It cannot be put back, because you may not change this any more. Here you can still read it."),
		[
			open.length && [__("Put it back"), () => restore(frm, id, draft), "btn-primary"],
			[__("Throw it away"), () => throw_away(frm, id, draft), "btn-default"],
		],
		what_differs(frm, found)
	);
}

async function restore(frm, id, draft) {
	const { values, both } = merge(frm.meta, { read: draft.read, theirs: contents(frm), mine: draft.mine });
	const names = frm.meta.fields.map((df) => df.fieldname).filter((name) => name in values);
	const back = names.filter((name) => may_write(frm, name));
	const left = names.filter((name) => !back.includes(name));
	touch(frm);
	if (frm.is_new() && draft.once) frm.doc.__once = draft.once;
	for (const name of back) await put_back(frm, name, values[name]);
	await frappe.after_ajax();
	if (back.length) frm.dirty();
	// The old draft goes when the new one is safe. What cannot be put back stays to be read.
	await keep(frm);
	const rest = { ...draft, mine: Object.fromEntries(left.map((name) => [name, draft.mine[name]])) };
	if (left.length) {
		await store.put(id, rest);
		await offer(frm, [id, rest]);
	} else {
		if (paper_of(frm.doc).kept || !back.length) await store.remove(id);
		told_back(frm, back, both);
	}
	go_to(frm, back[0]);
}

function told_back(frm, back, both) {
	if (!back.length) {
		show(frm);
		return;
	}
	const labels = both.map((name) => __(frm.get_field(name).df.label)).join(", ");
	show(
		frm,
		__("What you wrote is back in the form, and not saved yet."),
		both.length
			? `${__("You both changed: {0}.", [labels])} ${__("Please read it through and save.")}`
			: __("Please read it through and save."),
		[[__("Hide this"), () => show(frm), "btn-default"]]
	);
}

/** Puts the cursor where the text went. */
function go_to(frm, name) {
	if (!name) return;
	const field = frm.get_field(name);
	frm.scroll_to_field(name, false);
	const input = field.$input || $(field.wrapper).find("input, button").filter(":visible").first();
	input.trigger("focus");
}

async function throw_away(frm, id, draft) {
	frm.es_thrown = frm.docname;
	await store.remove(id);
	const undo = async () => {
		frm.es_thrown = null;
		await store.put(id, draft);
		await offer(frm, [id, draft]);
		place(frm)?.querySelector("button")?.focus();
	};
	show(frm, __("It was thrown away."), "", [[__("Take it back"), undo, "btn-default"]]);
	place(frm).querySelector("button").focus();
}

function place(frm) {
	return frm.layout.wrapper.get(0).parentElement.querySelector(":scope > .es-draft");
}

/** Shows the box above the form: a title, a line, buttons [label, run, look], and what else there is. Without a title, none. */
function show(frm, title, line, buttons = [], ...more) {
	let box = place(frm);
	if (!box) {
		box = element("section", { class: "es-draft", "aria-label": __("What was not saved") });
		frm.layout.wrapper.get(0).parentElement.prepend(box);
	}
	// A live region tells of what comes into it, not of what it comes with.
	const said = element("div", { role: "status" });
	box.replaceChildren(said);
	box.hidden = !title;
	if (!title) return;
	box.append(
		element("div", { class: "es-draft-buttons" }, ...buttons.filter(Boolean).map((each) => es.button(...each))),
		...more
	);
	setTimeout(() => said.append(element("strong", {}, title), element("p", {}, line)));
}

function what_differs(frm, found) {
	const stored = !frm.is_new();
	const rows = found.flatMap(({ df, mine, now, both }) => [
		element("dt", {}, __(df.label), both && ` (${__("changed by somebody else meanwhile")})`),
		element("dd", {}, element("span", {}, __("Not saved:")), " ", element("ins", {}, worded(df, mine))),
		stored && element("dd", {}, element("span", {}, __("Stored:")), " ", worded(df, now)),
	]);
	const box = element("details", {}, element("summary", {}, __("Show what differs")), element("dl", {}, ...rows));
	box.open = found.some(({ both }) => both);
	return box;
}

/** A value in words, as text. */
function worded(df, value) {
	if (same(value, "")) return "–";
	if (is_table(df)) {
		const columns = frappe.get_meta(df.options).fields.filter((field) => field.in_list_view);
		const rows = value.map((row) =>
			columns
				.filter(({ fieldname }) => !same(row[fieldname], ""))
				.map((column) => worded(column, row[column.fieldname]))
				.join(", ")
		);
		return rows.join("; ");
	}
	if (df.fieldtype === "Check") return __("Yes");
	if (df.fieldtype === "Select") return __(value);
	if (df.fieldtype === "Date") return frappe.datetime.str_to_user(value);
	if (df.fieldtype === "Link") return frappe.utils.get_link_title(df.options, value) || value;
	return String(value);
}

/** Asks for the titles of what is only known by its code. */
async function titles_of(found) {
	const asked = found.flatMap(({ df, mine, now }) => {
		if (df.fieldtype === "Link") return [mine, now].map((name) => [df.options, name]);
		if (!is_table(df)) return [];
		const links = frappe.get_meta(df.options).fields.filter((field) => field.fieldtype === "Link");
		return links.flatMap((field) => [...mine, ...now].map((row) => [field.options, row[field.fieldname]]));
	});
	const unknown = asked.filter(([doctype, name]) => name && !frappe.utils.get_link_title(doctype, name));
	await Promise.allSettled(unknown.map(([doctype, name]) => frappe.utils.fetch_link_title(doctype, name)));
}

function moment_of(at) {
	const moment = new Date(at);
	const day = frappe.datetime.str_to_user(frappe.datetime.obj_to_str(moment).slice(0, 10));
	return `${day} ${time_of(at)}`;
}

// On the start page -------------------------------------------------------------------------------------------------------

/** What was typed and not saved, as a part of the start page; null when there is nothing. */
early_support.drafts.section = async function () {
	// Whatever the browser says: the start page does not wait for it in vain.
	const found = is_possible() ? await drafts().catch(() => []) : [];
	if (!found.length) return null;
	const id = "es-not-saved";
	const list = element("ul", {}, ...found.map(([, draft]) => line_of(draft)));
	return element("section", { "aria-labelledby": id }, element("h4", { id }, __("Written and not saved")), list);
};

// Nothing of what was written: what it is about may be closed to the person by now.
function line_of({ doctype, name, at, mine }) {
	const since = element("span", { class: "since" }, moment_of(at));
	return element("li", {}, name ? link(["Form", doctype, name], __(doctype)) : begun(doctype, mine), since);
}

function begun(doctype, mine) {
	const words = element("button", { type: "button", class: "btn btn-link btn-sm p-0" }, __(doctype));
	words.addEventListener("click", async () => {
		await frappe.model.with_doctype(doctype);
		const about = frappe.get_meta(doctype).fields.filter((df) => df.fieldtype === "Link" && df.set_only_once);
		const values = about.map(({ fieldname }) => [fieldname, mine[fieldname]]).filter(([, value]) => value);
		frappe.new_doc(doctype, Object.fromEntries(values));
	});
	return words;
}

$(document).on("form-refresh", (event, frm) => {
	if (!is_ours(frm)) return;
	let_tab_go(frm);
	frappe.after_ajax(() => name_heads(frm));
	look(frm);
});
