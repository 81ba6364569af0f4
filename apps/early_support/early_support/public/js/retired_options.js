// An answer stays in sight under an option that is offered no longer, as the server keeps it (workflow_guard/document.py).
const control = frappe.ui.form.ControlSelect?.prototype;

if (control) {
	const show = control.set_formatted_input;
	control.set_formatted_input = function (value) {
		keep_offered(this, value);
		return show.call(this, value);
	};
}

/** Of a question that was added, Frappe would show an answer as empty that is not among the options. */
function keep_offered(control, value) {
	const { fieldname, is_custom_field, options } = control.df;
	const is_added = is_custom_field || fieldname?.startsWith("custom_");
	if (!control.$input || !is_added || typeof options !== "string") return;
	control.set_options(value);
	const select = control.$input.get(0);
	const kept = [...select.options].find((option) => option.dataset.retired);
	if (kept?.value === value) return;
	kept?.remove();
	if (!value || [...select.options].some((option) => option.value === value)) return;
	const option = new Option(__("{0} (no longer offered)", [__(value)]), value);
	option.dataset.retired = "1";
	select.add(option);
}
