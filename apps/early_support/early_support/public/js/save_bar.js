// The bar under the form: how it stands with what was written, and the button to save it, always within reach. Ctrl+S
// does the same from any field, row or message.
import { element } from "./dom";
import { is_ours, paper_of, time_of } from "./papers";

/** Shows how it stands. The words change only when something has changed, so that they are read out once. */
export function tell(frm) {
	const { bar, state, button } = parts_of(frm);
	const words = may_save(frm) ? words_of(frm) : "";
	bar.hidden = !words;
	button.hidden = !frm.is_dirty();
	if (state.textContent !== words) state.textContent = words;
}

function words_of(frm) {
	const { kept, no_network, saved } = paper_of(frm.doc);
	if (!frm.is_dirty()) return saved ? __("Saved at {0}", [time_of(saved)]) : "";
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
	const bar = element("div", { class: "es-save" }, state, button);
	button.addEventListener("click", () => save(frm));
	frm.layout.wrapper.get(0).parentElement.append(bar);
	frm.es_bar = { bar, state, button };
	return frm.es_bar;
}

/** Saves what is written, once what was typed last has arrived in the form. The cursor stays where it was. */
async function save(frm) {
	const at = document.activeElement;
	await es.settled(frm);
	if (!frm.is_dirty() || frappe.ui.form.is_saving) return;
	const paper = paper_of(frm.doc);
	paper.no_network = false;
	// Frappe never answers when the form is not complete, or the answer was no answer: nothing must wait for it.
	await frm.save();
	if (document.activeElement === document.body && at.isConnected) at.focus();
}

$(document).on("ajaxError", (event, xhr, { url }) => {
	const frm = window.cur_frm;
	if (xhr.status || !is_ours(frm) || !String(url).includes("frappe.desk.form.save.savedocs")) return;
	paper_of(frm.doc).no_network = true;
	tell(frm);
});

window.addEventListener(
	"keydown",
	(event) => {
		const frm = window.cur_frm;
		const is_it = (event.ctrlKey || event.metaKey) && !event.altKey && !event.shiftKey && event.key === "s";
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
