"""Keys of drafts, and names of documents that are sent twice. Pure."""

from early_support.drafts import core
from early_support.naming import ALPHABET, LENGTH

SECRET, OTHER_SECRET = "site", "another site"
USER, OTHER_USER = "aino@example.invalid", "eeva@example.invalid"


def test_a_key_is_of_one_site_one_person_and_one_week():
	keys = {core.key(SECRET, USER, 1), core.key(OTHER_SECRET, USER, 1), core.key(SECRET, OTHER_USER, 1)}
	keys |= {core.key(SECRET, USER, 2), core.key(SECRET, f"{USER}, 1", 1), core.key(SECRET, USER, 11)}
	assert len(keys) == 6
	assert {len(key) for key in keys} == {32}
	assert core.key(SECRET, USER, 1) == core.key(SECRET, USER, 1)


def test_a_key_is_handed_out_for_one_week_more():
	assert core.periods(0) == [0, -1]
	assert core.periods(10 * core.WEEK) == core.periods(11 * core.WEEK - 1) == [10, 9]
	assert core.periods(11 * core.WEEK) == [11, 10]
	assert 10 not in core.periods(12 * core.WEEK)


def test_a_form_has_the_same_opaque_name_each_time_it_is_sent():
	name = core.name(SECRET, USER, "Concern", "mark")
	assert name == core.name(SECRET, USER, "Concern", "mark")
	assert len(name) == LENGTH
	assert set(name) <= set(ALPHABET)


def test_nobody_can_aim_at_a_name():
	names = {
		core.name(SECRET, USER, "Concern", "mark"),
		core.name(SECRET, USER, "Concern", "mark2"),
		core.name(SECRET, USER, "Visit", "mark"),
		core.name(SECRET, OTHER_USER, "Concern", "mark"),
		core.name(OTHER_SECRET, USER, "Concern", "mark"),
	}
	assert len(names) == 5


def test_names_use_every_letter_alike():
	names = "".join(core.name(SECRET, USER, "Concern", str(number)) for number in range(5000))
	expected = len(names) / len(ALPHABET)
	assert all(abs(names.count(letter) - expected) < 8 * expected**0.5 for letter in ALPHABET)
