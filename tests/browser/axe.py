"""axe-core in a page of the desk: what it finds that is ours. What is Frappe's is listed, each with its reason."""

from bench.layout import REPO

# axe-core lies beside the assets of the bench, pinned with its hash like them; the success criteria of WCAG 2.1 AA, without
# what axe calls best practice.
AXE = REPO / "bench" / "assets" / "node_modules" / "axe-core" / "axe.min.js"
WCAG = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa"]
# Violations in what Frappe draws, on every page of every app: rule, where, why it is Frappe's.
FRAPPES = (
	("meta-viewport", "meta", "the head of the desk's page is Frappe's, and forbids zooming on a phone"),
	("image-alt", ".navbar", "the logo of the desk has no text"),
	("link-name", ".navbar", "icons of the desk's bar are named by a tooltip only"),
	("color-contrast", ".navbar", "initials of the user, in the colours of the theme"),
	("color-contrast", ".page-head", "buttons of the page, in the theme's primary colour"),
	("color-contrast", ".layout-side-section", "the side of the page, in the theme's muted grey"),
	("color-contrast", ".form-footer", "comments and history, in the theme's muted grey"),
	("color-contrast", ".frappe-list", "rows and buttons of a list, in the colours of the theme"),
	("color-contrast", ".form-links", "numbers on the connections of a form"),
	("button-name", ".page-head", "icons of the page are named by a tooltip only"),
	("button-name", ".frappe-list", "icons of a list are named by a tooltip only"),
	("button-name", ".scroll-to-top", "an icon without a name"),
	("link-name", ".layout-side-section", "icons of the side are named by a tooltip only"),
	("list", ".layout-side-section", "the side of the page nests lists and sections"),
	("listitem", ".layout-side-section", "the side of the page nests lists and sections"),
	("label", ".list-row-checkbox, .list-check-all", "the boxes that choose rows of a list"),
	("label", ".grid-row-check", "the boxes that choose rows of a table"),
	(
		"label",
		".filter-section, .standard-filter-section",
		"the filters above a list have a placeholder only",
	),
	("label", ".datatable, .dt-paste-target", "the filters and boxes of a report's table"),
	("label", ".grid-heading-row", "the filters above the columns of a table"),
	("label", ".datepicker", "the sliders with which a time is chosen"),
	("listitem", ".form-tabs", "tabs of a form are marked as a list and as tabs at once"),
	("aria-required-children", ".form-tabs", "as before"),
	("aria-required-parent", ".form-tabs", "as before"),
	("aria-valid-attr-value", ".form-tabs", "tabs name places that are not there"),
	("aria-valid-attr-value", ".awesomplete", "a field with suggestions names one of a list that is gone"),
	("button-name", ".grid-form-heading", "the buttons above an opened row of a table are icons"),
	("button-name", ".form-links", "the button that adds a connected document has no name"),
	("color-contrast", ".page-form", "the names of filters stand in them, in the theme's pale grey"),
	("label", ".comment-box", "the box for comments is an editor without a name"),
	("button-name", ".btn-modal-close", "the cross that closes a dialog has no name"),
	(
		"color-contrast",
		".standard-actions .btn-primary",
		"the button of a dialog, in the theme's primary colour",
	),
	("aria-allowed-attr", ".timeline-item .action-btn", "the menu of a comment is a link without an address"),
)

ASKED = {"tags": WCAG, "frappes": [[rule, selector] for rule, selector, _why in FRAPPES]}
# One text for each element that breaks a rule and is ours, in the part of the page under a CSS selector, or in all of it. A
# dialog that still fades in has colours that nobody reads: what moves comes to its end first.
LOOK = """async ({ part, tags, frappes }) => {
	const is_frappes = (rule, node) => {
		// In a shadow, as on the start page, nothing is Frappe's.
		const at = Array.isArray(node.target.at(-1)) ? null : document.querySelector(node.target.at(-1));
		return frappes.some(([id, selector]) => id === rule && at?.closest(selector));
	};
	const moving = document.getAnimations().filter((one) => Number.isFinite(one.effect.getComputedTiming().endTime));
	await Promise.all(moving.map((one) => one.finished.catch(() => null)));
	const where = part ? { include: [[part]] } : document;
	const { violations } = await axe.run(where, { runOnly: tags, resultTypes: ["violations"] });
	return violations.flatMap(({ id, nodes }) => nodes.filter((node) => !is_frappes(id, node)).map(
		({ target, html, failureSummary }) => `${id}: ${target.join(" ")}: ${html.slice(0, 200)}: ${failureSummary}`));
}"""
