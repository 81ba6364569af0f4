// What every case form shares: names instead of addresses, and nothing on the page that the rules would refuse.
frappe.provide("es");

/** `notes: false` takes away the places for comments and files, where a Consultation may hold none. */
function case_form(frm, { notes = true } = {}) {
	frm.wrapper.classList.add("es-case");
	frm.wrapper.classList.toggle("es-no-notes", !notes);
	es.remember(frm);
	keep_what_is_typed(frm);
}

/** Links to casework show which one of several about the same child it is; Frappe's answer knows the child's name only.
 * Before the fields are drawn, which ask for it. */
$(document).on("form-refresh", (_event, frm) => {
	for (const [key, title] of Object.entries(frm.doc?.__onload?.cases || {})) {
		frappe.utils.add_link_title(...key.split("::"), title);
	}
});

/** Frappe reads a form anew, a second after somebody has changed the document, and would wipe what was typed meanwhile. */
function keep_what_is_typed(frm) {
	if (frm.es_keeps) return;
	frm.es_keeps = true;
	frm.show_conflict_message = () => {
		if (!frm.doc.__needs_refresh) return;
		frm.is_dirty() ? es.say_overtaken(frm) : frm.debounced_reload_doc();
	};
	frm.debounced_reload_doc = frappe.utils.debounce(() => {
		if (window.cur_frm !== frm || frappe.get_route()[2] !== frm.docname) {
			// Another form is open by now; this one is read anew when somebody comes back to it.
			forget(frm.doctype, frm.docname);
		} else if (frm.is_dirty()) {
			frm.doc.__needs_refresh = true;
			frm.show_conflict_message();
		} else if (is_typing(frm)) {
			frm.debounced_reload_doc();
		} else {
			frm.reload_doc();
		}
	}, 1000);
}

function is_typing(frm) {
	const at = document.activeElement;
	return frm.wrapper.contains(at) && at.matches("input, textarea, [contenteditable=true]");
}

/** The side of the form and its timeline read names from what the page knows of users, whom staff cannot read themselves;
 * link fields have theirs from the answer. The history says in words what was changed. */
function show_names(frm) {
	const { is_news, is_mended } = learn_names(frm);
	if (is_news) frm.sidebar?.refresh();
	if (is_news || is_mended) frm.timeline?.refresh();
}

function learn_names(frm) {
	const people = frm.doc.__onload?.people || {};
	const known = frappe.boot.user_info;
	const news = Object.keys(people).filter((user) => known[user]?.fullname !== people[user]);
	frappe.update_user_info(Object.fromEntries(news.map((user) => [user, { fullname: people[user] }])));
	return { is_news: news.length > 0, is_mended: say_changes_in_words(frm) };
}

// Before the timeline is drawn for the first time: else the whole of it is drawn twice.
const footer = frappe.ui.form.Footer?.prototype;

if (footer) {
	const { refresh } = footer;
	footer.refresh = function () {
		if (this.frm.doc.__onload?.people && learn_names(this.frm).is_news) this.frm.sidebar?.refresh();
		return refresh.apply(this, arguments);
	};
}

/** Frappe's timeline shows what is stored: codes of list records, addresses, English options, 0 and 1. */
function say_changes_in_words(frm) {
	const untold = (frm.get_docinfo()?.versions || []).filter((version) => !version.es_in_words);
	for (const version of untold) {
		const data = JSON.parse(version.data || "{}");
		in_words(frm, frm.doctype, data.changed);
		for (const row of data.row_changed || []) {
			in_words(frm, frappe.meta.get_docfield(frm.doctype, row[0])?.options, row[3]);
			// Stored as the place of the row, which begins at nought.
			row[1] += 1;
		}
		version.data = JSON.stringify(data);
		version.es_in_words = true;
	}
	return untold.length > 0;
}

function in_words(frm, doctype, changed) {
	for (const change of changed || []) {
		const df = frappe.meta.get_docfield(doctype, change[0]);
		if (df) change.splice(1, 2, ...change.slice(1, 3).map((value) => word_for(frm, df, value)));
	}
}

function word_for(frm, df, value) {
	if (df.fieldtype === "Check") return cint(value) ? __("Yes") : __("No");
	// Frappe would write two quotation marks for what is empty.
	if (value === null || value === undefined || value === "") return "–";
	if (df.fieldtype === "Select" || df.options === "Workflow State") return __(value);
	if (df.fieldtype !== "Link") return value;
	const { people = {}, titles = {} } = frm.doc.__onload || {};
	const known = people[value] || titles[`${df.options}::${value}`];
	return known || frappe.utils.get_link_title(df.options, value) || value;
}

/** Lets a document on which this one has an effect be read anew when it is opened next; unsaved changes stay. */
function forget(doctype, name) {
	const doc = name && frappe.get_doc(doctype, name);
	if (doc && !doc.__unsaved) frappe.model.remove_from_locals(doctype, name);
}

/** Offers only some records in a link field, and says which in words instead of Frappe's list of filters. */
function offer_only(frm, fieldname, described, query) {
	// What it links to begins elsewhere: from here nothing new of it can be stored.
	Object.assign(frm.fields_dict[fieldname].df, { filter_description: described, only_select: 1 });
	frm.set_query(fieldname, query);
}

// What a service may ask for before it begins, as the administrators have it: field of Support Service → words.
const TERMS = {
	needs_decision: () => __("A social worker decides on it"),
	needs_broad_assessment: () => __("A broad needs assessment comes first"),
	needs_client_plan: () => __("It stands on a client plan"),
	free_of_charge: () => __("Free of charge"),
};

/** Says under the field of a chosen service what it asks for. */
async function show_terms(frm, fieldname) {
	const service = frm.doc[fieldname];
	const found = service && (await frappe.db.get_value("Support Service", service, Object.keys(TERMS))).message;
	// Somebody may have chosen another one, or opened another document, in the meantime.
	if (frm.doc[fieldname] !== service) return;
	const terms = Object.keys(TERMS).filter((term) => found?.[term]);
	frm.set_df_property(fieldname, "description", terms.map((term) => `${TERMS[term]()}.`).join(" "));
}

// The moves that are open to the user come with the form (workflow_guard/guard.py). Frappe would ask for them each time the
// form is drawn, and only then show it as it stays.
const ask_for_moves = frappe.workflow.get_transitions;
frappe.workflow.get_transitions = function (doc) {
	const told = doc.__onload?.moves;
	const holds = told && told.modified === doc.modified && told.state === doc.workflow_state;
	return holds ? Promise.resolve(told.moves) : ask_for_moves.apply(this, arguments);
};

$(document).on("form-refresh", (_event, frm) => frm.meta.module === "Early Support" && show_names(frm));

// The timeline says of a row which of its fields was changed, by its label as the code has it.
const label_in_code = frappe.meta.get_label;
frappe.meta.get_label = (...field) => __(label_in_code.apply(frappe.meta, field));

Object.assign(es, { case_form, forget, offer_only, show_terms });
