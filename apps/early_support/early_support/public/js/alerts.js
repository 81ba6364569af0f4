// Frappe says at each refresh of a form that it cannot be edited at its stage, many times in a row: while a message is there,
// the same says nothing new. What was saved or moved is told with a colour, and each time.
const { show_alert } = frappe;

frappe.show_alert = function (message, ...words) {
	const shown = typeof message === "string" && is_there(message);
	return shown ? $(shown) : show_alert.call(frappe, message, ...words);
};

const is_there = (message) =>
	[...document.querySelectorAll("#alert-container .desk-alert:not(.out)")].find(
		(alert) => alert.querySelector(".alert-message")?.textContent === message
	);
