"""Screens a text for what names or identifies a person. Pure: imports no Frappe.

Sources: design.md §3 (Consultation), domain.md §2.2 (1629-1631: the worker consults anonymously) and §9.8 (counts
only: no name, identity code, initials or link to a child).
"""

from collections.abc import Iterable
from dataclasses import dataclass

from early_support.screening import names as _names
from early_support.screening import patterns
from early_support.screening.names import KnownName
from early_support.screening.text import normalise

IDENTITY_CODE = "identity code"
EMAIL = "e-mail address"
PHONE = "phone number"
INITIALS = "initials"
NAME = "name"

# Where two findings overlap, the first of these is the one that is told.
KINDS = (IDENTITY_CODE, EMAIL, PHONE, NAME, INITIALS)

__all__ = ["EMAIL", "IDENTITY_CODE", "INITIALS", "KINDS", "NAME", "PHONE", "Finding", "KnownName", "screen"]


@dataclass(frozen=True)
class Finding:
	"""A place in a text, as positions of the original text (end exclusive), and what stands there."""

	start: int
	end: int
	kind: str
	text: str


def screen(text: str | None, names: Iterable[KnownName], allowed: Iterable[str] = ()) -> list[Finding]:
	"""Find identity codes, phone numbers, e-mail addresses, initials and names in `text`.

	`names` are the names that must not appear; `allowed` titles that look like names and are none (names.find_names).
	One kind stands for every name: which of them are on the list is not told. Findings come in the order of the text
	and do not overlap. Nothing is raised and nothing is kept.
	"""
	if not text or not text.strip():
		return []
	plain = normalise(text)
	places = [
		(KINDS.index(kind), start, end)
		for kind, spans in (
			(IDENTITY_CODE, patterns.identity_codes(plain.text)),
			(EMAIL, patterns.email_addresses(plain.text)),
			(PHONE, patterns.phone_numbers(plain.text)),
			(NAME, _names.find_names(plain, names, allowed)),
			(INITIALS, patterns.initials(plain.text)),
		)
		for start, end in spans
	]
	chosen: list[tuple[int, int, int]] = []
	for rank, start, end in sorted(places):
		if not any(start < other_end and other_start < end for _, other_start, other_end in chosen):
			chosen.append((rank, start, end))
	findings = []
	for rank, start, end in sorted(chosen, key=lambda place: place[1]):
		first, last = plain.span(start, end)
		findings.append(Finding(first, last, KINDS[rank], text[first:last]))
	return findings
