// Fields of time on a site that writes times without seconds: the picker of Frappe 15.0.0-dev then has no slider for
// seconds, and Frappe fails when it hides that slider, so that the rest of the form is never drawn.
const control = frappe.ui.form.ControlTime?.prototype;

if (control) {
	const { set_datepicker } = control;
	control.set_datepicker = function (...words) {
		try {
			return set_datepicker.apply(this, words);
		} catch (error) {
			// Hiding it is the last thing that is done: nothing else is missing.
			if (!this.datepicker?.timepicker || this.datepicker.timepicker.$seconds) throw error;
		}
	};
}
