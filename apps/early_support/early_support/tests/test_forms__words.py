"""What the source asks of a talk no guard can hold: the forms say it where it is needed, in the staff's languages, and ask in
its order.
"""

import frappe
import pytest

from early_support.tests.test_translations__complete import words

pytestmark = pytest.mark.usefixtures("site")

SAID = [
	("Concern", "observation", "havaintoja, ei tulkintoja", "inte tolkningar"),
	("Concern", "talk_section", "Kysy avoimesti", "öppna frågor"),
	("Child Plan", "talk_section", "25 minuuttia", "25 minuter"),
	("Support Period", "outcome_section", "ei esitteellä", "inte med en broschyr"),
	("Support Period", "outcome_section", "oikeus palvelutarpeen arviointiin", "rätt till en bedömning"),
	("Unit Event", "theme", "fläppitaulun kysymys", "blädderblocket"),
]


@pytest.mark.parametrize(("doctype", "fieldname", "finnish", "swedish"), SAID)
def test_the_form_says_it_where_it_is_needed(doctype, fieldname, finnish, swedish):
	"""Observations, not interpretations (domain.md §2, 1579); open questions (1580); together, not by a leaflet (1644-1648);
	the right to an assessment (1652); the script of the talk and its 25 minutes (§3, 1556-1558); the question on the flap
	board (1527-1533).
	"""
	text = frappe.get_meta(doctype).get_field(fieldname).description
	for language, part in (("fi", finnish), ("sv", swedish)):
		assert part.casefold() in words(language)[text, None].casefold()


@pytest.mark.parametrize(
	("doctype", "fields"),
	[
		("Concern", ("strengths", "observation", "resources", "wishes", "next_step")),
		("Child Plan", ("strengths", "resources", "wishes", "goals")),
		("Support Plan", ("resources", "goals")),
	],
)
def test_the_form_asks_in_the_order_of_the_talk(doctype, fields):
	"""First what goes well, then resources, then wishes (domain.md §2, 1521-1526); strength before goals (1591)."""
	order = [df.fieldname for df in frappe.get_meta(doctype).fields]
	assert [field for field in order if field in fields] == [*fields]
