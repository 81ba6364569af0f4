// "Waiting for me": the block on top of the workspace. The custom block seeded with the workspace calls
// early_support.waiting.show(root_element); what waits is decided on the server (waiting.py).
import { beginning, element, link } from "./dom";

frappe.provide("early_support.waiting");

// White on the theme's primary colour is too pale for some eyes; the block has no other stylesheet than its own.
const DARK_ENOUGH = "border-color: transparent; background-color: color-mix(in srgb, var(--primary) 70%, black);";

function action({ doctype, label }) {
	const button = element("button", { type: "button", class: "btn btn-primary btn-sm", style: DARK_ENOUGH }, label);
	button.addEventListener("click", () => frappe.new_doc(doctype));
	return button;
}

function zone_mark(zone) {
	if (!zone) return null;
	const dot = element("span", { class: "dot", "aria-hidden": "true" });
	if (/^#[0-9a-f]{3,8}$/i.test(zone.colour || "")) dot.style.backgroundColor = zone.colour;
	return element("span", { class: "zone" }, dot, __("Zone {0}", [zone.number]));
}

function row(item) {
	const since = item.since && element("span", { class: "since" }, frappe.datetime.str_to_user(item.since));
	return element(
		"li",
		{},
		item.name ? link(["Form", item.doctype, item.name], item.title || item.name) : beginning(item),
		zone_mark(item.zone),
		since
	);
}

function section(group) {
	const id = `es-waiting-${group.key}`;
	const part = element("section", { "aria-labelledby": id }, element("h4", { id }, group.title));
	part.append(element("ul", {}, ...group.items.map(row)));
	if (group.more) {
		part.append(underlined(link(["List", group.doctype], __("Show all"), group.filters)));
	}
	return part;
}

function report({ name, label }) {
	return element("p", {}, underlined(link(["query-report", name], label)));
}

function underlined(anchor) {
	anchor.style.textDecoration = "underline";
	return anchor;
}

function quiet(label, run) {
	const style = "padding: 0; border: 0; background: none; color: inherit; text-decoration: underline;";
	const button = element("button", { type: "button", style }, label);
	button.addEventListener("click", run);
	return element("p", { style: "margin-top: var(--margin-md, 15px);" }, button);
}

// A quiet place: it is rarely needed, and never instead of the ordinary ways.
const emergency = () => quiet(__("Open a family in an emergency"), () => early_support.break_glass.ask());

const reminders = () => quiet(__("When I am reminded by e-mail"), ask_how_often);

const contact = () => quiet(__("A parent has got in touch"), () => early_support.own_contact.ask());

const alone = () => quiet(__("Take over from a colleague who has left"), () => early_support.takeover.ask());

async function ask_how_often() {
	const methods = "early_support.reminders";
	const how_often = await frappe.xcall(`${methods}.get_preference`);
	const dialog = new frappe.ui.Dialog({
		title: __("When I am reminded by e-mail"),
		fields: [
			{
				fieldname: "how_often",
				fieldtype: "Select",
				label: __("Remind me of what is due"),
				options: [
					{ value: "Each working day", label: __("Each working day") },
					{ value: "Once a week", label: __("Once a week") },
					{ value: "Never", label: __("Never") },
				],
				default: how_often,
				reqd: 1,
				description: __("One message for everything that has come due since the last one. It says nothing of any family."),
			},
		],
		primary_action_label: __("Save"),
		async primary_action(values) {
			await frappe.xcall(`${methods}.choose`, values);
			dialog.hide();
			frappe.show_alert({ message: __("Saved"), indicator: "green" });
		},
	});
	dialog.show();
}

early_support.waiting.show = async function (root) {
	const place = root.querySelector("[data-es-waiting]");
	const [waiting, not_saved] = await Promise.all([
		frappe.xcall("early_support.waiting.get_waiting"),
		early_support.drafts.section(),
	]);
	const { groups, actions, reports } = waiting;
	const parts = [element("h3", {}, __("Waiting for me"))];
	if (not_saved) parts.push(not_saved);
	if (groups.length) parts.push(element("div", { class: "groups" }, ...groups.map(section)));
	else parts.push(element("p", { class: "nothing" }, __("Nothing waits for you now.")));
	parts.push(...reports.map(report));
	if (actions.length) parts.push(element("div", { class: "actions" }, ...actions.map(action)));
	if (waiting.own_contact) parts.push(contact());
	if (waiting.left_alone) parts.push(alone());
	if (waiting.reminders) parts.push(reminders());
	if (waiting.break_glass) parts.push(emergency());
	place.replaceChildren(...parts);
};
