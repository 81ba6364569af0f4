// The label of a field stands beside its box and belongs to it for the eye only. Here each box gets its name, so that a screen
// reader says what is asked for.
$(document).on("form-refresh", (_event, frm) => {
	for (const field of frm.fields) {
		if (!field.df.label) continue;
		// Of several boxes, as a zone has, each has its own name.
		field.$input?.filter(":not([aria-label], [aria-labelledby])").attr("aria-label", __(field.df.label));
	}
});
