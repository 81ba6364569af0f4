// The bar under the form: how it stands with what was written, and the button to save it, always within reach. Ctrl+S
// does the same from any field, row or message.
import { element } from "./dom";
import { is_logged_out } from "./draft_store";
import { is_ours, paper_of, time_of } from "./papers";

frappe.provide("es");

/** Shows how it stands, where drafts are kept: elsewhere nobody would tell when it has changed. The words change only when
 * something has changed, so that they are read out once. */
export function tell(frm) {
	if (!is_ours(frm)) return;
	const { bar, state, button, login } = parts_of(frm);
	const words = may_save(frm) ? words_of(frm) : "";
	bar.hidden = !words;
	const { no_session } = paper_of(frm.doc);
	button.hidden = !frm.is_dirty() || no_session;
	login.hidden = !no_session;
	if (state.textContent !== words) state.textContent = words;
}

function words_of(frm) {
	const { kept, no_network, no_session, saved } = paper_of(frm.doc);
	if (!frm.is_dirty()) return saved ? __("Saved at {0}", [time_of(saved)]) : "";
	if (no_session) {
		return kept
			? __("You have been logged out. What you wrote is kept on this computer: log in again and put it back.")
			: __("You have been logged out. Please copy what you wrote before you log in again.");
	}
	if (no_network) {
		return kept
			? __("No connection. What you wrote is kept on this computer: save it later.")
			: __("No connection. Leave this page open, and save later.");
	}
	return kept ? __("Not saved yet. Kept on this computer.") : __("Not saved yet");
}

const may_save = (frm) => Boolean(frm.perm[0]?.write) && !frm.read_only && !frm.save_disabled;

function parts_of(frm) {
	if (frm.es_bar) return frm.es_bar;
	const state = element("span", { role: "status" });
	const button = element("button", { type: "button", class: "btn btn-primary" }, __("Save"));
	const login = element("button", { type: "button", class: "btn btn-default" }, __("Log in"));
	login.addEventListener("click", () => frappe.app.redirect_to_login());
	const bar = element("div", { class: "es-save" }, state, login, button);
	button.addEventListener("click", () => save(frm));
	frm.layout.wrapper.get(0).parentElement.append(bar);
	frm.es_bar = { bar, state, button, login };
	return frm.es_bar;
}

/** Saves what is written, once what was typed last has arrived in the form. The cursor stays where it was. */
async function save(frm) {
	const at = document.activeElement;
	await es.settled(frm);
	if (!frm.is_dirty() || frappe.ui.form.is_saving) return;
	await save_form(frm);
	if (document.activeElement === document.body && at.isConnected) at.focus();
}

/** Saves the form and waits until that is over, however it went: Frappe never says so when there was no network, or no
 * session any more. */
async function save_form(frm) {
	Object.assign(paper_of(frm.doc), { no_network: !frappe.is_online(), no_session: false });
	tell(frm);
	if (!frappe.is_online()) return;
	let fail;
	const failed = new Promise((resolve) => (fail = (event, xhr, request) => is_save(request) && resolve()));
	$(document).on("ajaxError", fail);
	try {
		await Promise.race([frm.save(), failed]);
	} finally {
		$(document).off("ajaxError", fail);
	}
}

// The Frappe of the trial bench names the function in a header, v15 and 16 in the address.
const is_save = ({ url, headers }) => `${url} ${headers?.["X-Frappe-CMD"]}`.includes("frappe.desk.form.save.savedocs");

$(document).on("ajaxError", async (event, xhr, request) => {
	const frm = window.cur_frm;
	if (!is_ours(frm) || !is_save(request)) return;
	const paper = paper_of(frm.doc);
	paper.no_network = !xhr.status;
	// Frappe says of an ended session, in English, that the method is not allowed.
	paper.no_session = [400, 401, 403].includes(xhr.status) && (await is_logged_out());
	if (paper.no_session) hide_message();
	tell(frm);
});

/** Takes the message away, also while it is just coming. */
function hide_message() {
	const dialog = frappe.msg_dialog;
	if (!dialog) return;
	dialog.$wrapper.one("shown.bs.modal", () => dialog.hide());
	dialog.hide();
}

window.addEventListener(
	"keydown",
	(event) => {
		const frm = window.cur_frm;
		const is_it = (event.ctrlKey || event.metaKey) && !event.altKey && !event.shiftKey && event.key.toLowerCase() === "s";
		if (!is_it || !is_ours(frm) || !$(frm.wrapper).is(":visible")) return;
		const dialog = window.cur_dialog;
		if (dialog?.display) {
			// A dialog that asks for something has a save of its own; a message has been read.
			if (dialog !== frappe.msg_dialog) return;
			dialog.hide();
		}
		event.preventDefault();
		event.stopImmediatePropagation();
		save(frm);
	},
	true
);

Object.assign(es, { save_form });
