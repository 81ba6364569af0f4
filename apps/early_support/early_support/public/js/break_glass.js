// Break glass: the dialog that opens a family in an emergency, and the banner on every page while one is open. Who may,
// for how long, and what is read meanwhile is decided on the server (access/break_glass.py).
import { ask } from "./ask";
import { post } from "./post";

frappe.provide("early_support.break_glass");

const METHOD = "early_support.access.break_glass";
// Other tabs of the same browser hear of what is opened or ended in this one.
const tabs = window.BroadcastChannel && new BroadcastChannel("early_support_break_glass");
let ends = [];

function element(tag, attributes = {}, ...children) {
	const node = document.createElement(tag);
	for (const [name, value] of Object.entries(attributes)) node.setAttribute(name, value);
	node.append(...children);
	return node;
}

function button(label, run) {
	const node = element("button", { type: "button", class: "btn btn-default btn-sm" }, label);
	node.addEventListener("click", run);
	return node;
}

/** Shows the banner for the break glasses that run, and takes it away when none does. */
function show(running) {
	ends.forEach(clearTimeout);
	ends = running.map(({ seconds }) => setTimeout(refresh, seconds * 1000));
	let banner = document.getElementById("es-break-glass");
	if (!running.length) {
		banner?.remove();
		document.body.classList.remove("es-break-glass-open");
		return;
	}
	if (!banner) {
		banner = element("section", { id: "es-break-glass", "aria-label": __("Opened in an emergency") });
		// First on the page for the keyboard and for screen readers, whatever is opened below it.
		document.body.prepend(banner);
		document.body.classList.add("es-break-glass-open");
	}
	banner.replaceChildren(...running.map(line));
}

function line({ grant, child, until }) {
	const words = __("{0}: you have opened a family in an emergency, until {1}. Every read is logged.", [
		frappe.session.user_fullname,
		frappe.datetime.str_to_user(until),
	]);
	return element(
		"div",
		{},
		element("span", { role: "status" }, words),
		button(__("Open the child"), () => frappe.set_route("Form", "Child", child)),
		button(__("End it now"), () => close(grant))
	);
}

function tell(running) {
	frappe.boot.early_support_break_glass = running;
	show(running);
	tabs?.postMessage("changed");
}

async function refresh() {
	show(await frappe.xcall(`${METHOD}.running`));
}

async function close(grant) {
	tell(await post(`${METHOD}.close`, { grant }));
	// What was read stays in the page's memory; a fresh page forgets it.
	window.location.assign(frappe.router.make_url([]));
}

/** Asks for whom and why, and goes to the child. */
early_support.break_glass.ask = function () {
	ask({
		title: __("Open a family in an emergency"),
		fields: [
			{
				fieldtype: "HTML",
				options: element(
					"p",
					{},
					__(
						"Only if a child needs help now and the ordinary ways are too slow. You can read the family's records for three hours. The privacy officer is told at once, and every read is logged."
					)
				).outerHTML,
			},
			{ fieldname: "last_name", fieldtype: "Data", label: __("The child's last name"), reqd: 1 },
			{ fieldname: "first_name", fieldtype: "Data", label: __("The child's first name"), reqd: 1 },
			{ fieldname: "birth_date", fieldtype: "Date", label: __("Birth date"), reqd: 1 },
			{ fieldname: "reason", fieldtype: "Small Text", label: __("Why it must be opened now"), reqd: 1 },
		],
		label: __("Open for three hours"),
		method: `${METHOD}.open_family`,
		done({ child, running }) {
			tell(running);
			frappe.set_route("Form", "Child", child);
		},
	});
};

/** Frappe's form goes by the roles and would let somebody type what is refused later: break glass is for reading. */
async function only_read(event, frm) {
	if (!frappe.boot.early_support_break_glass?.length || frm.is_new()) return;
	if (frappe.get_meta(frm.doctype)?.module !== "Early Support") return;
	const asked = { doctype: frm.doctype, docname: frm.docname, perm_type: "write" };
	const { has_permission } = await frappe.xcall("frappe.client.has_permission", asked);
	if (!has_permission && frm.docname === asked.docname) frm.disable_form();
}

$(document).on("form-refresh", only_read);
$(document).on("app_ready", () => show(frappe.boot.early_support_break_glass || []));
tabs?.addEventListener("message", refresh);
