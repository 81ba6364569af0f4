// What this page knows of each document that has been open in it, beside the document itself.

// "doctype/name" → see `paper_of`.
const papers = new Map();

/** Of a document: the `id` under which its draft is kept, whether somebody has `touched` it, what a new one held before
 * (`base`), whether what was typed is `kept`, when it was `saved`, whether the last try to save it found `no_network` or
 * `no_session`, what is `due` to be kept, and the `work` of the store, in its order. */
export function paper_of({ doctype, name }) {
	const key = `${doctype}/${name}`;
	if (!papers.has(key)) papers.set(key, { id: frappe.utils.get_random(20), work: Promise.resolve() });
	return papers.get(key);
}

export const all_papers = () => papers.values();

// A new document gets its name when it is stored.
$(document).on("rename", (event, doctype, old, name) => {
	const key = `${doctype}/${old}`;
	if (!papers.has(key)) return;
	papers.set(`${doctype}/${name}`, papers.get(key));
	papers.delete(key);
});

/** Whether drafts are kept of a form: drafts/keys.py says of which. */
export const is_ours = (frm) => Boolean(frappe.boot.early_support_drafts?.includes(frm?.doctype));

/** The time of day as it is written in the person's language. */
export function time_of(moment) {
	const language = frappe.boot.lang?.replace("_", "-");
	return new Date(moment).toLocaleTimeString(language, { hour: "2-digit", minute: "2-digit" });
}
