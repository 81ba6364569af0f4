"""English on a page of the desk in another language: which texts of the app and of Frappe are shown without a translation."""

import csv
from functools import cache
from importlib.util import find_spec
from pathlib import Path

from bench.layout import REPO
from early_support.tests.our_strings import script_texts

OURS = REPO / "apps" / "early_support" / "early_support" / "translations"
# Beside the translations of Frappe, that of August 2023 has what is not translated into any language yet in its scripts.
SCRIPTS = ("public/js", "desk", "core", "email", "workflow", "printing")
# What stands in English on purpose, and why.
STAYS = {
	"Administrator": "the name of the one who made a record of the demo",
	"CSV": "a format",
	"Early Support": "the name of the app",
	"Excel": "a product",
	"Frappe": "a product",
	"ID": "the same word in Finnish and Swedish",
	"PDF": "a format",
}
# What no reader sees: calendars that wait beside the page until they are opened, and the names of fields for developers.
UNSEEN = ".datepicker:not(.active), .tooltip-content"
# Every text that somebody sees or hears on the page: what is written, and the words for a screen reader, in the menus of the
# page too, which are closed until somebody opens them.
SHOWN = """([sources, unseen]) => {
	window.es_english ??= new Set(sources);
	const found = new Map();
	const look = (text, where) => {
		const said = text?.trim().replace(/\\s+/g, " ");
		if (window.es_english.has(said) && !found.has(said)) found.set(said, where);
	};
	const is_offered = (element) => element.closest(".dropdown-menu") && !element.closest(".hide, .hidden, .d-none")
		&& element.closest(".dropdown-menu").parentElement.checkVisibility();
	const walk = (root) => {
		for (const element of root.querySelectorAll("*:not(script, style, template, svg *)")) {
			if (element.shadowRoot) walk(element.shadowRoot);
			if (!element.checkVisibility({ visibilityProperty: true }) && !is_offered(element)) continue;
			if (element.closest(unseen)) continue;
			const where = element.outerHTML.slice(0, 120).replace(/\\s+/g, " ");
			for (const name of ["placeholder", "title", "data-original-title", "aria-label", "alt"]) look(element.getAttribute(name), where);
			for (const node of element.childNodes) if (node.nodeType === Node.TEXT_NODE) look(node.data, where);
		}
	};
	walk(document.body);
	return [...found].map(([text, where]) => `in English: ${text}: ${where}`);
}"""


@cache
def english(language: str) -> list[str]:
	"""Return the English texts of the app and of Frappe that a page in a language must not show.

	A word that is the translation of another, or of itself on purpose, is none of them; nor a letter, which the desk
	underlines inside a word.
	"""
	frappe = Path(find_spec("frappe").submodule_search_locations[0])
	sources = {row[0].strip() for path in (frappe / "translations").glob("*.csv") for row in _rows(path)}
	for folder in SCRIPTS:
		for path in (frappe / folder).rglob("*.js"):
			sources |= {found.text for found in script_texts(path.read_text(encoding="utf-8"), path.name)}
	own = _rows(OURS / f"{language}.csv")
	theirs = _rows(frappe / "translations" / f"{language}.csv")
	words = {row[1].strip() for row in own} | {row[1].strip() for row in theirs if row[1] != row[0]}
	sources |= {row[0] for row in own}
	return sorted(
		text for text in sources - words - STAYS.keys() if len(text) > 1 and any(map(str.isalpha, text))
	)


def _rows(path: Path) -> list[list[str]]:
	with open(path, encoding="utf-8", newline="") as file:
		return [row for row in csv.reader(file) if len(row) >= 2]
