// Under an answer that was given before a form or a list was reworded stands what it was called then (forms/earlier.py).
import { element } from "./dom";

const id_of = (fieldname) => `es-earlier-${fieldname}`;
const said_of = (frm) => frm?.doc?.__onload?.earlier_words || {};

function show_earlier_words(_event, frm) {
	const said = said_of(frm);
	for (const [name, field] of Object.entries(frm.fields_dict)) {
		const place = $(field.$wrapper || field.wrapper);
		place.find(".es-earlier").remove();
		if (said[name] && place.length) {
			const lines = said[name].map((line) => element("p", {}, line));
			place.append(element("div", { class: "es-earlier", id: id_of(name) }, ...lines));
		}
		describe(field);
	}
}

/** Lets a screen reader say it with the field. */
function describe(field) {
	const { frm, $input, doctype, df } = field;
	if (!frm || !$input || doctype !== frm.doctype) return;
	const id = id_of(df.fieldname);
	if (said_of(frm)[df.fieldname]) $input.attr("aria-describedby", id);
	else if ($input.attr("aria-describedby") === id) $input.removeAttr("aria-describedby");
}

$(document).on("form-refresh", show_earlier_words);

const control = frappe.ui.form.ControlData?.prototype;

if (control) {
	// A field that shows only where it was answered gets its box later than the form.
	const { set_input_attributes } = control;
	control.set_input_attributes = function () {
		set_input_attributes.call(this);
		describe(this);
	};
}
