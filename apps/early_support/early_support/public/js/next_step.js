// One obvious next action at the top of a case form: a calm line and, when it is this user's turn, one button.
frappe.provide("es");

/** The workflow's moves out of the document's state, in the order of its rows. */
function moves(frm) {
	const rows = frappe.workflow.get_all_transitions(frm.doctype);
	const state = frappe.workflow.get_state(frm.doc);
	return rows.filter((row) => row.state === state);
}

const mine = (row) => frappe.user_roles.includes(row.allowed);

/** The natural next move: the first row of the state, whosever turn it is. */
function natural_move(frm) {
	const rows = moves(frm);
	if (!rows.length) return null;
	const same = rows.filter((row) => row.action === rows[0].action);
	return { ...rows[0], own: same.some(mine), roles: same.map((row) => row.allowed) };
}

/** A move of this user into `state`, if there is one. */
function move_into(frm, state) {
	return moves(frm).find((row) => row.next_state === state && mine(row));
}

function missing_for(frm, state) {
	const needed = frm.doc.__onload?.needs?.[state] || [];
	return needed.filter((fieldname) => {
		const value = frm.doc[fieldname];
		if (Array.isArray(value)) return !value.length;
		return typeof value === "string" ? !value.trim() : !value;
	});
}

/** Shows the next step of `frm`. `offer(frm)` may put another step in the place of the natural move:
 * `{line, label, run}`, each optional; `null` leaves the natural move. */
function next_step(frm, offer = () => null) {
	const before = find(frm, "es-next");
	const goes_on = had_focus(frm, before);
	const pressed = goes_on && before?.querySelector("button:focus")?.textContent;
	const box = place(frm, "es-next");
	const step = offer(frm) || step_of(frm, natural_move(frm));
	box.hidden = !step;
	if (!step) {
		if (goes_on) focus_on(frm.page.$title_area.find(".title-text").get(0));
		return;
	}
	const line = box.appendChild(document.createElement("p"));
	line.textContent = step.line;
	if (step.label) box.append(button(step.label, step.run));
	if (goes_on) focus_on(pressed && pressed === step.label ? box.querySelector("button") : line);
	const status = box.appendChild(document.createElement("p"));
	status.className = "es-missing";
	status.setAttribute("role", "status");
	say_missing(frm);
}

/** Lets the focus go on at the next step when the form is drawn anew: what was pressed is gone by then. */
const go_on = (frm) => (frm.es_goes_on = frm.docname);

/** Whether the focus goes with the old step, or has gone with what was pressed. */
function had_focus(frm, before) {
	const at = document.activeElement;
	const goes_on = frm.es_goes_on === frm.docname;
	frm.es_goes_on = null;
	return Boolean(before?.contains(at)) || (goes_on && at === document.body);
}

/** On a line, not on its button: a key that is held down would press the next step as well. */
function focus_on(element) {
	if (!element) return;
	if (!element.matches("button")) element.tabIndex = -1;
	element.focus({ preventScroll: true });
}

function step_of(frm, move) {
	if (!move) return null;
	if (move.own) {
		return {
			line: __("Next step"),
			label: __(move.action),
			run: () => make_move(frm, move),
		};
	}
	if (frm.is_new()) return null;
	const roles = [...new Set(move.roles)].map((role) => __(role)).join(", ");
	return { line: __("Next step: {0}. It is the turn of: {1}.", [__(move.action), roles]) };
}

/** A button that runs something once at a time. */
function button(label, run, look = "btn-primary") {
	const element = document.createElement("button");
	element.type = "button";
	element.className = `btn ${look} btn-sm`;
	element.textContent = label;
	element.addEventListener("click", async () => {
		element.disabled = true;
		try {
			await run();
		} catch (error) {
			// Frappe has shown what the server said; only our own mistakes are worth the console.
			if (error instanceof Error) throw error;
		} finally {
			element.disabled = false;
		}
	});
	return element;
}

/** An empty element of our own above the form's sections: outside of them, where Frappe looks for its first input. */
function place(frm, name, { above } = {}) {
	find(frm, name)?.remove();
	const box = document.createElement("section");
	box.className = name;
	(find(frm, above) || frm.layout.wrapper.get(0)).before(box);
	return box;
}

function find(frm, name) {
	return frm.layout.wrapper.get(0).parentElement.querySelector(`:scope > .${name}`);
}

/** Saves what is unsaved and makes the move; when something is missing, says what and goes there instead. */
async function make_move(frm, move) {
	await settled(frm);
	if (frm.is_new()) {
		await es.save_form(frm);
		if (frm.is_new()) return;
	}
	if (show_missing(frm, move.next_state)) return;
	if (frm.is_dirty()) await es.save_form(frm);
	// Frappe keeps to itself that a save has failed.
	if (frm.is_dirty()) return;
	const modified = frm.doc.modified;
	// The news of our own change must not make Frappe read the form anew.
	frappe.ui.form.is_saving = true;
	try {
		await frappe.xcall("frappe.model.workflow.apply_workflow", { doc: frm.doc, action: move.action });
		go_on(frm);
		// Read anew: the answer has neither the titles of links nor what the form is told besides the document.
		await frm.reload_doc();
	} catch (error) {
		await reload_if_moved_on(frm, modified);
		throw error;
	} finally {
		frappe.ui.form.is_saving = false;
	}
}

/** What was typed last may still be on its way: a link field asks the server whether there is what was chosen, and takes
 * it a moment after the answer. */
async function settled(frm) {
	document.activeElement?.blur();
	for (let tries = 0; tries < 20; tries++) {
		await frappe.after_ajax();
		await new Promise((resolve) => setTimeout(resolve, 50));
		if (!frm.fields.some((field) => is_on_its_way(frm, field))) return;
	}
}

function is_on_its_way(frm, field) {
	if (field.df.fieldtype !== "Link" || !field.$input?.is(":visible") || !field.$input.val()) return false;
	return field.get_input_value() !== frm.doc[field.df.fieldname];
}

/** Somebody else may have been quicker: then show how the document stands now. */
async function reload_if_moved_on(frm, modified) {
	const answer = await frappe.db.get_value(frm.doctype, frm.docname, "modified");
	if (answer.message?.modified === modified) return;
	await frm.reload_doc();
	frappe.show_alert({ message: __("Somebody else has changed this meanwhile. Here is how it stands now.") });
}

/** Whether something that `state` needs is missing; says so beside the button and puts the cursor there. */
function show_missing(frm, state) {
	frm.es_wanted = { name: frm.docname, state };
	const missing = say_missing(frm);
	if (!missing.length) return false;
	// The focus at once: Frappe sets it half a second later, and takes it from whoever has moved on.
	frm.scroll_to_field(missing[0], false);
	frm.get_field(missing[0]).$input?.trigger("focus");
	// The line stays behind at the top of the page; the alert is where the eyes are now.
	frappe.show_alert({ message: missing_text(frm, missing), indicator: "orange" });
	return true;
}

/** Says what is still missing for the move that was tried last; a refresh of the form, after a save, says it again. A refresh
 * folds sections away: those where something is missing stay open. */
function say_missing(frm) {
	const missing = frm.es_wanted?.name === frm.docname ? missing_for(frm, frm.es_wanted.state) : [];
	for (const fieldname of missing) {
		const { section } = frm.get_field(fieldname);
		if (section?.is_collapsed()) section.collapse(false);
	}
	const status = find(frm, "es-next")?.querySelector(".es-missing");
	if (status) status.textContent = missing.length ? missing_text(frm, missing) : "";
	if (!missing.length) frm.es_wanted = null;
	return missing;
}

function missing_text(frm, missing) {
	const labels = missing.map((fieldname) => __(frm.get_field(fieldname).df.label)).join(", ");
	return __("Please fill in first: {0}.", [labels]);
}

/** For `before_workflow_action`: stops a move from Frappe's Actions menu while something is missing. */
function before_move(frm) {
	const move = moves(frm).find((row) => row.action === frm.selected_workflow_action && mine(row));
	if (!move || !show_missing(frm, move.next_state)) return Promise.resolve();
	// Frappe has frozen the page and goes on when this promise is kept; it has no way to hear a refusal.
	frappe.dom.unfreeze();
	frm.selected_workflow_action = null;
	return new Promise(() => {});
}

/** For `after_workflow_action`: after a move from Frappe's Actions menu the form is read anew, as after one of ours. The
 * answer to the move tells neither the titles of links nor what the form is told besides the document, and the news of the
 * change, at which Frappe reads it as well, may get lost. */
function after_move(frm) {
	go_on(frm);
	return frm.reload_doc();
}

/** Opens the next document with what is known already, from `source` or from what the form shows. */
function open_next(frm, method, source = frm.docname) {
	frappe.model.open_mapped_doc({ method: `early_support.casework.offers.${method}`, frm, source_name: source });
}

const { setup_btn } = frappe.ui.form.States.prototype;
const is_ours = (frm) => frm.meta.module === "Early Support";

Object.assign(frappe.ui.form.States.prototype, {
	// The moves come a moment after the form, and take the place of the button to save: not from whoever has typed meanwhile.
	setup_btn(added) {
		if (is_ours(this.frm) && this.frm.is_dirty()) this.frm.page.clear_actions_menu();
		else setup_btn.call(this, added);
	},
});

Object.assign(es, { next_step, before_move, after_move, make_move, move_into, open_next, place, button, settled });
