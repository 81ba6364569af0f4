// What every case form shares: names instead of addresses, and nothing on the page that the rules would refuse.
frappe.provide("es");

/** `notes: false` takes away the places for comments and files, where a Consultation may hold none. */
function case_form(frm, { notes = true } = {}) {
	frm.wrapper.classList.add("es-case");
	frm.wrapper.classList.toggle("es-no-notes", !notes);
	show_names(frm);
	es.remember(frm);
	keep_what_is_typed(frm);
}

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

/** Frappe's formatter of a user reads the name from `<fieldname>_full_name`, the side of the form and its timeline from
 * what the page knows of users; staff cannot read users themselves. */
function show_names(frm) {
	const people = frm.doc.__onload?.people || {};
	const known = frappe.boot.user_info;
	const news = Object.keys(people).filter((user) => known[user]?.fullname !== people[user]);
	frappe.update_user_info(Object.fromEntries(news.map((user) => [user, { fullname: people[user] }])));
	if (news.length) {
		frm.sidebar?.refresh();
		frm.timeline?.refresh();
	}
	for (const df of frm.meta.fields) {
		if (df.fieldtype !== "Link" || df.options !== "User") continue;
		frm.doc[`${df.fieldname}_full_name`] = people[frm.doc[df.fieldname]];
		frm.refresh_field(df.fieldname);
	}
}

/** Lets a document on which this one has an effect be read anew when it is opened next; unsaved changes stay. */
function forget(doctype, name) {
	const doc = name && frappe.get_doc(doctype, name);
	if (doc && !doc.__unsaved) frappe.model.remove_from_locals(doctype, name);
}

/** Offers only some records in a link field, and says which in words instead of Frappe's list of filters. */
function offer_only(frm, fieldname, described, query) {
	frm.fields_dict[fieldname].df.filter_description = described;
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

Object.assign(es, { case_form, forget, offer_only, show_names, show_terms });
