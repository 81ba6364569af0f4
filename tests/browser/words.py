"""English on a page of the desk in another language: which texts of the app and of Frappe are shown without a translation."""

import csv
import html
import re
from collections.abc import Iterator
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
# What no reader sees, calendars that wait beside the page until they are opened and the names of fields for developers;
# what Frappe names in English, whatever the language: its pictures of nothing, and the marks in the history; and what a record of
# a list is called in English.
UNSEEN = (
	".datepicker:not(.active), .tooltip-content, img.null-state, img.grid-empty-illustration, .timeline-badge, "
	"[data-fieldname$=_en] .control-value"
)
# Where something is put into a text: a number, a name.
PLACE = re.compile(r"\{\w*\}|%s|%\(\w+\)s")
TAG = re.compile(r"<[^<>]+>")
# With fewer letters around its places a text is a shape, "{0}: {1}", and the same in every language.
LETTERS = 4
# Lets the page know what it must not show, until it is loaded anew; then every text that somebody sees or hears in a part of
# the page, or on all of it: what is written, and the words for a screen reader, in the menus of the page too, which are
# closed until somebody opens them.
KNOW = """({ texts, patterns }) => {
	window.es_english = {
		texts: new Set(texts),
		patterns: patterns.map(([start, end, inside]) => ({ start, end, inside: new RegExp(inside, "s") })),
		fine: new Set(),
	};
}"""
SHOWN = """([part, unseen]) => {
	const english = window.es_english;
	const page_language = document.documentElement.lang;
	const found = new Map();
	const is_english = (said) => english.texts.has(said) || english.patterns.some(({ start, end, inside }) =>
		said.startsWith(start) && said.endsWith(end) && inside.test(said));
	const look = (text, where) => {
		const said = text?.trim().replace(/\\s+/g, " ");
		if (!said || english.fine.has(said) || found.has(said)) return;
		if (is_english(said)) found.set(said, where);
		else english.fine.add(said);
	};
	const is_offered = (element) => element.closest(".dropdown-menu") && !element.closest(".hide, .hidden, .d-none")
		&& element.closest(".dropdown-menu").parentElement.checkVisibility();
	// What is marked as of another language is so on purpose: the button that shows a form in English.
	const is_of_another = (element) => (element.closest("[lang]")?.lang ?? page_language) !== page_language;
	const walk = (root) => {
		for (const element of root.querySelectorAll("*:not(script, style, template, svg *)")) {
			if (element.shadowRoot) walk(element.shadowRoot);
			if (!element.checkVisibility({ visibilityProperty: true }) && !is_offered(element)) continue;
			if (element.closest(unseen) || is_of_another(element)) continue;
			const where = element.outerHTML.slice(0, 120).replace(/\\s+/g, " ");
			for (const name of ["placeholder", "title", "data-original-title", "aria-label", "alt"]) look(element.getAttribute(name), where);
			for (const node of element.childNodes) if (node.nodeType === Node.TEXT_NODE) look(node.data, where);
		}
	};
	for (const root of part ? document.querySelectorAll(part) : [document.body]) walk(root);
	return [...found].map(([text, where]) => `in English: ${text}: ${where}`);
}"""


@cache
def english(language: str) -> dict:
	"""Return the English of the app and of Frappe that a page in a language must not show, as `KNOW` takes it.

	`texts` stand there as they are, `patterns` with something put into them: [beginning, end, regular expression]. A word that
	is the translation of another, or of itself on purpose, is none of them; nor a letter, which the desk underlines inside a
	word. Of Frappe v16 nothing is known: it has no translations in this form (docs/versions.md).
	"""
	frappe = Path(find_spec("frappe").submodule_search_locations[0])
	if not (frappe / "translations" / f"{language}.csv").exists():
		return {"texts": [], "patterns": []}
	sources = {row[0].strip() for path in (frappe / "translations").glob("*.csv") for row in _rows(path)}
	for folder in SCRIPTS:
		for path in (frappe / folder).rglob("*.js"):
			sources |= {found.text for found in script_texts(path.read_text(encoding="utf-8"), path.name)}
	own = _rows(OURS / f"{language}.csv")
	theirs = _rows(frappe / "translations" / f"{language}.csv")
	words = {row[1].strip() for row in own} | {row[1].strip() for row in theirs if row[1] != row[0]}
	sources |= {row[0] for row in own}
	pieces = {piece for text in sources - words - STAYS.keys() for piece in _pieces(text)}
	known = {piece for text in words for piece in _pieces(text)} | STAYS.keys()
	patterns = [_pattern(piece) for piece in sorted(pieces - known) if PLACE.search(piece)]
	return {
		"texts": sorted(piece for piece in pieces - known if not PLACE.search(piece)),
		"patterns": [pattern for pattern in patterns if pattern],
	}


def _pieces(text: str) -> Iterator[str]:
	"""Give what stands in one place of the page: a text is divided where it has a tag, or gets one by what is put into it."""
	parts = [" ".join(html.unescape(part).split()) for part in TAG.split(text)]
	for part in parts:
		if len(part) > 1 and any(map(str.isalpha, part)) and (len(parts) == 1 or " " in part):
			yield part
		if PLACE.search(part):
			yield from (said for said in map(str.strip, PLACE.split(part)) if re.search(r"\w\w+ \w\w+", said))


def _pattern(text: str) -> list[str] | None:
	around = PLACE.split(text)
	if sum(map(str.isalpha, "".join(around))) < LETTERS:
		return None
	inside = ".+".join(re.sub(r"[^\w\s]", r"\\\g<0>", said) for said in around)
	return [around[0], around[-1], f"^{inside}$"]


def _rows(path: Path) -> list[list[str]]:
	with open(path, encoding="utf-8", newline="") as file:
		return [row for row in csv.reader(file) if len(row) >= 2]
