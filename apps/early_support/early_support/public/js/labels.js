// The label of a field stands beside its box, and belongs to it for the eye only. Here each box gets the label as its name, so
// that a screen reader says what is asked for: in forms, in rows of tables, in dialogs, and in the filters of reports.
const control = frappe.ui.form.ControlData?.prototype;

if (control) {
	const { set_input_attributes } = control;
	control.set_input_attributes = function () {
		set_input_attributes.call(this);
		const { label, parent } = this.df;
		if (label && !this.$input.attr("aria-label")) this.$input.attr("aria-label", __(label, null, parent));
	};
}
