// Elements made by hand: nothing from a document is ever read as HTML.

// An address of the desk, and the way there without loading the page anew.
const address = (...route) => frappe.router.make_url(frappe.router.convert_from_standard_route(route));

export function element(tag, attributes = {}, ...children) {
	const node = document.createElement(tag);
	for (const [name, value] of Object.entries(attributes)) node.setAttribute(name, value);
	// append() takes strings as text: nothing from a document is ever read as HTML.
	node.append(...children.filter(Boolean));
	return node;
}

export function link(route, text, options) {
	const anchor = element("a", { href: address(...route) }, text);
	anchor.addEventListener("click", (event) => {
		// A new tab or window is the browser's affair.
		if (event.ctrlKey || event.metaKey || event.shiftKey) return;
		event.preventDefault();
		if (options) frappe.route_options = options;
		frappe.set_route(...route);
	});
	return anchor;
}

// What is only to be planned has no document yet: its link begins one.
export function beginning(item) {
	// Underlined like the links beside it, which it looks like.
	const style = "color: inherit; text-align: left; text-decoration: underline; white-space: normal;";
	const button = element("button", { type: "button", class: "btn btn-link btn-sm p-0", style }, item.title);
	button.addEventListener("click", () => frappe.new_doc(item.doctype, item.values));
	return button;
}
