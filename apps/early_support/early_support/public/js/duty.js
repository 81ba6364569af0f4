// The statutory duty, shown when a concern is urgent or stands in a zone that brings the duty with it.
frappe.provide("es");

/** Shows the duty of a Concern above its next step. The words are the administrator's, from the Worry Zone. */
async function duty(frm) {
	await es.zones.load();
	const box = es.place(frm, "es-duty", { above: "es-next" });
	const chosen = es.zones.find(frm.doc.zone);
	const urgent = frm.doc.workflow_state === "Urgent";
	box.hidden = frm.doc.workflow_state === "Closed" || !(urgent || chosen?.statutory);
	if (box.hidden) return;
	const zone = chosen?.statutory ? chosen : es.zones.statutory();
	box.setAttribute("role", "note");
	const title = box.appendChild(document.createElement("strong"));
	title.textContent = __("The statutory duty comes first");
	const words = box.appendChild(document.createElement("p"));
	words.textContent = zone?.suggested_action || "";
	const move = urgent || frm.is_new() ? null : es.move_into(frm, "Urgent");
	if (!move) return;
	box.append(es.button(__(move.action), () => es.make_move(frm, move), "btn-danger"));
}

Object.assign(es, { duty });
