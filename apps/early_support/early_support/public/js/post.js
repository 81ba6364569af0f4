/** Asks the server without Frappe's messages: these would take the place of the dialog, with all that was typed. */
export async function post(method, values) {
	const answer = await fetch(`/api/method/${method}`, {
		method: "POST",
		headers: {
			Accept: "application/json",
			"Content-Type": "application/json",
			"X-Frappe-CSRF-Token": frappe.csrf_token,
		},
		body: JSON.stringify(values),
	});
	const said = await answer.json().catch(() => ({}));
	if (answer.ok) return said.message;
	const messages = JSON.parse(said._server_messages || "[]").map((message) => JSON.parse(message).message);
	throw new Error(messages.join(" ") || __("That did not work. Please try again."));
}
