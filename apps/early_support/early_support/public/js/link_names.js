// A link that may only be read, such as that to the family of a child who was just chosen, would show an address until the
// form is read anew: here it gets its name as soon as the desk knows it.
const control = frappe.ui.form.ControlLink?.prototype;

if (control) {
	const { set_disp_area } = control;

	control.set_disp_area = function (value) {
		set_disp_area.call(this, value);
		name_later(this, this.value || value);
	};

	const name_later = async (field, name) => {
		const doctype = field.get_options();
		// A table of links is drawn by the same control: its value is a list, and each of its rows has a name of its own.
		if (typeof name !== "string" || !name) return;
		if (!frappe.boot.link_title_doctypes?.includes(doctype)) return;
		// What was asked for and is closed to the person is null, and not asked for again.
		if (frappe.utils.get_link_title(doctype, name) !== undefined) return;
		await frappe.utils.fetch_link_title(doctype, name);
		if (field.value === name) set_disp_area.call(field, name);
	};
}
