// Nothing is offered that would be refused: Frappe shows sharing, tasks, tags, mails, following and more on every page, and
// the server says no to each (access/doors/). On casework they are refused to everybody, elsewhere to the staff.
const MODULE = "Early Support";
const is_staff = () => !frappe.user_roles.includes("System Manager");

// What stands in the menu of a form and calls a function that is closed to the staff (access/doors/open_methods.py).
const CLOSED_IN_MENU = ["Links", "Remind Me", "Repeat"];

// Whose documents hold no remarks of people and no files, whoever may write them.
const WITHOUT_NOTES = ["Unit Event"];

$(document).on("form-refresh", (_event, frm) => {
	if (frm.meta.module !== MODULE) return;
	frm.wrapper.classList.add("es-form");
	if (!frm.wrapper.classList.contains("es-case")) {
		// Whoever may only read adds nothing to it.
		const quiet = !frm.perm[0]?.write || WITHOUT_NOTES.includes(frm.doctype);
		frm.wrapper.classList.toggle("es-no-notes", quiet);
	}
	if (is_staff()) hide_in_menu(frm);
});

function hide_in_menu(frm) {
	for (const label of CLOSED_IN_MENU) {
		frm.page.menu.find(`[data-label="${encodeURIComponent(__(label))}"]`).closest("li").addClass("hide");
	}
}

$(() => document.body.classList.toggle("es-staff", is_staff()));
