// Fields of time on a site that writes times without seconds: the picker of Frappe 15.0.0-dev then has no slider for
// seconds, and Frappe fails when it hides that slider, so that the rest of the form is never drawn.
const time = frappe.ui.form.ControlTime?.prototype;

if (time) {
	const { set_datepicker } = time;
	time.set_datepicker = function (...words) {
		try {
			return set_datepicker.apply(this, words);
		} catch (error) {
			// Hiding it is the last thing that is done: nothing else is missing.
			if (!this.datepicker?.timepicker || this.datepicker.timepicker.$seconds) throw error;
		}
	};
}

// Under each moment Frappe writes the name of a time zone, which says something only to whoever has another one than the site.
const datetime = frappe.ui.form.ControlDatetime?.prototype;

if (datetime) {
	const { set_description } = datetime;
	datetime.set_description = function () {
		const { user, system } = frappe.boot.time_zone || {};
		if (user === system) this.df.hide_timezone = 1;
		set_description.call(this);
	};
}
