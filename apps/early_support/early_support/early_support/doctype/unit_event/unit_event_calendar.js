frappe.views.calendar["Unit Event"] = {
	field_map: { start: "start", end: "end", id: "name", title: "title", allDay: "allDay" },
	get_events_method: "early_support.season.calendar.get_events",
	get_css_class: (event) => ({ Held: "success", Cancelled: "" })[event.state] ?? "standard",
};
