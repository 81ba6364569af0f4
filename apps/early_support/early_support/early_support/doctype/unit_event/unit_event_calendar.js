// The day is changed on the form, where the rules say why it cannot be: nothing is dragged about here.
frappe.views.calendar["Unit Event"] = {
	field_map: { start: "start", end: "end", id: "name", title: "title", allDay: "allDay" },
	get_events_method: "early_support.season.calendar.get_events",
	get_css_class: ({ state }) => ({ Held: "success", Cancelled: "danger" })[state] || "default",
	options: {
		selectable: false,
		eventDrop: (event, delta, revert) => revert(),
		eventResize: (event, delta, revert) => revert(),
	},
};
