// The worry scale: coloured segments with number and words instead of a bare link field.
frappe.provide("es");

let loading = null;
let zones = [];

/** Fetches the zones once per page load; their texts come in the user's language. */
function load() {
	loading ??= frappe.xcall("early_support.casework.zones.scale").then((answer) => {
		zones = answer;
		return zones;
	});
	return loading;
}

function find(name) {
	return zones.find((zone) => zone.name === name);
}

/** The highest zone that brings a statutory duty with it. */
function statutory() {
	return zones.filter((zone) => zone.statutory).at(-1);
}

/** Black or white, whichever reads better on `colour` (WCAG relative luminance). */
function ink(colour) {
	const [red, green, blue] = [1, 3, 5].map((at) => {
		const part = parseInt((colour || "#dddddd").slice(at, at + 2), 16) / 255;
		return part <= 0.04045 ? part / 12.92 : ((part + 0.055) / 1.055) ** 2.4;
	});
	return 0.2126 * red + 0.7152 * green + 0.0722 * blue > 0.179 ? "#000" : "#fff";
}

function paint(element, colour) {
	element.style.setProperty("--es-zone", colour || "#dddddd");
	element.style.setProperty("--es-zone-ink", ink(colour));
}

/** The zone as a small mark for lists: number and words, the colour only underlines them. */
function pill(name) {
	if (!name) return "";
	const zone = find(name);
	const mark = document.createElement("span");
	mark.className = "es-zone-pill";
	const number = mark.appendChild(document.createElement("span"));
	number.className = "es-zone-pill-number";
	number.textContent = name;
	paint(number, zone?.colour);
	mark.append(zone?.group || "");
	if (zone) mark.title = zone.title;
	return mark.outerHTML;
}

/** Shows the Link field `fieldname` of `frm` as a scale; with `advice`, the texts of the chosen zone beside it. */
function zone_scale(frm, fieldname, { advice = false } = {}) {
	const control = frm.get_field(fieldname);
	if (!control || control.es_scale) return;
	control.es_scale = new Scale(frm, control, advice);
	const refresh_input = control.refresh_input;
	control.refresh_input = function () {
		refresh_input.apply(this, arguments);
		this.es_scale.render();
	};
	load().then(() => control.es_scale.render());
}

class Scale {
	constructor(frm, control, advice) {
		Object.assign(this, { frm, control, advice });
		this.fieldname = control.df.fieldname;
		// Frappe narrows inputs to half of the section; a scale needs its whole width.
		control.$wrapper.removeClass("input-max-width").addClass("es-zone-control");
		this.element = document.createElement("div");
		control.$wrapper.find(".control-input-wrapper").prepend(this.element);
	}

	get value() {
		return this.frm.doc?.[this.fieldname];
	}

	render() {
		if (!zones.length || !this.frm.doc) return;
		const focused = this.element.contains(document.activeElement);
		const editable = this.control.get_status() === "Write";
		const scale = document.createElement("div");
		scale.append(editable ? this.group() : this.fixed());
		if (editable && this.value) scale.append(this.clear_button());
		this.element.replaceChildren(scale);
		this.element.className = this.advice ? "es-zone-beside" : "";
		if (this.advice && find(this.value)) this.element.append(this.texts(find(this.value)));
		if (focused) this.element.querySelector('[tabindex="0"]')?.focus();
	}

	shown() {
		return zones.filter((zone) => !zone.disabled || zone.name === this.value);
	}

	group() {
		const group = document.createElement("div");
		group.className = "es-zone-scale";
		group.setAttribute("role", "radiogroup");
		group.setAttribute("aria-label", __(this.control.df.label));
		const shown = this.shown();
		const current = shown.findIndex((zone) => zone.name === this.value);
		group.append(
			...shown.map((zone, at) => {
				const segment = document.createElement("button");
				segment.type = "button";
				segment.setAttribute("role", "radio");
				segment.setAttribute("aria-checked", String(at === current));
				segment.setAttribute("aria-label", zone.title);
				segment.tabIndex = at === Math.max(current, 0) ? 0 : -1;
				segment.addEventListener("click", () => this.choose(zone.name));
				return this.fill(segment, zone);
			})
		);
		group.addEventListener("keydown", (event) => this.on_key(event, shown, current));
		return group;
	}

	fixed() {
		const zone = find(this.value);
		const group = document.createElement("div");
		if (!zone) {
			group.className = "es-zone-none";
			group.textContent = __("Not placed on the scale.");
			return group;
		}
		group.className = "es-zone-scale es-zone-fixed";
		group.setAttribute("role", "img");
		group.setAttribute("aria-label", zone.title);
		group.append(
			...this.shown().map((each) => {
				const segment = document.createElement("span");
				if (each === zone) segment.className = "es-chosen";
				return this.fill(segment, each);
			})
		);
		return group;
	}

	fill(segment, zone) {
		paint(segment, zone.colour);
		segment.title = zone.title;
		for (const [name, text] of [
			["number", zone.name],
			["word", zone.group],
		]) {
			const part = segment.appendChild(document.createElement("span"));
			part.className = `es-zone-${name}`;
			part.textContent = text;
		}
		return segment;
	}

	clear_button() {
		const button = document.createElement("button");
		button.type = "button";
		button.className = "btn btn-xs btn-link es-zone-clear";
		button.textContent = __("Take the mark away");
		button.addEventListener("click", () => this.choose(null));
		return button;
	}

	texts(zone) {
		const box = document.createElement("div");
		box.className = "es-zone-advice";
		box.setAttribute("aria-live", "polite");
		paint(box, zone.colour);
		const title = box.appendChild(document.createElement("p"));
		title.className = "es-zone-title";
		title.textContent = zone.title;
		for (const [label, text] of [
			[__("What it means"), zone.meaning],
			[__("Guidance"), zone.guidance],
			[__("Suggested action"), zone.suggested_action],
		]) {
			if (!text) continue;
			const row = box.appendChild(document.createElement("p"));
			const strong = row.appendChild(document.createElement("strong"));
			strong.textContent = label;
			const words = row.appendChild(document.createElement("span"));
			words.textContent = text;
		}
		return box;
	}

	on_key(event, shown, current) {
		const last = shown.length - 1;
		const step = { ArrowRight: 1, ArrowDown: 1, ArrowLeft: -1, ArrowUp: -1 }[event.key];
		let at = null;
		if (step) at = current < 0 ? 0 : (current + step + shown.length) % shown.length;
		if (event.key === "Home") at = 0;
		if (event.key === "End") at = last;
		if (at === null) return;
		event.preventDefault();
		this.choose(shown[at].name);
	}

	choose(name) {
		this.frm.set_value(this.fieldname, name);
	}
}

Object.assign(es, { zones: { load, find, statutory, pill }, zone_scale });
