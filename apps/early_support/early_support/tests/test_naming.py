"""Names that tell nothing and can be read aloud, and codes that can stand in a report. Pure."""

from collections import Counter

import pytest

from early_support.naming import ALPHABET, CODE_LENGTH, LENGTH, is_code, opaque_name


def test_alphabet_can_be_read_aloud():
	assert not set("01OILU").intersection(ALPHABET)
	assert len(ALPHABET) == len(set(ALPHABET)) == 30


def test_opaque_name_has_the_agreed_shape():
	names = [opaque_name() for _ in range(2000)]
	assert all(len(name) == LENGTH == 9 for name in names)
	assert set("".join(names)) == set(ALPHABET)


def test_opaque_names_do_not_repeat():
	names = [opaque_name() for _ in range(20_000)]
	assert len(set(names)) == len(names)


def test_opaque_names_prefer_no_character():
	counts = Counter("".join(opaque_name() for _ in range(5000)))
	expected = 5000 * LENGTH / len(ALPHABET)
	# 1500 of each on average, with a standard deviation of 38: 8 of them either way never happen by chance.
	assert all(abs(count - expected) < 8 * 38 for count in counts.values())


@pytest.mark.parametrize(
	"code", ["a", "7", "KOIRAMAKI", "at-the-door", "0-2", "v1.2", "a_b", "x" * CODE_LENGTH]
)
def test_codes_that_are_fine(code):
	assert is_code(code)


@pytest.mark.parametrize(
	"code",
	["", None, " ", "a b", "-a", "a-", "a--b", "ä", "a/b", "=a", "a;b", "a\n", "x" * (CODE_LENGTH + 1)],
)
def test_codes_that_are_refused(code):
	assert not is_code(code)
