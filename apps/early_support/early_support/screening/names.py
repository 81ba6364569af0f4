"""Names of people in Finnish and Swedish prose. Pure: imports no Frappe.

How a word is judged
--------------------
A word is compared with the known names (children of the unit and their guardians) in two ways: by its base form, which
the morphology gives (Ainollekin → Aino, Korhosten → Korhonen, Pekalta → Pekka), and, for names the morphology does not
know, by the name's stems with the usual case endings (Abdirahmanin, Nguyenille, Swedish Annas).

Many names are words too (Toivo, Onni, Lumi, Aamu, Anna). What decides then is:

1. A word with no other reading is a name, in upper or lower case ("ainolle").
2. A word with another reading is a name when it has a capital inside a sentence, or behind a colon.
3. At the start of a sentence, where every word has a capital, it is a name if it is a first name in the nominative
   and a noun ("Lumi itkee"), or a verb followed by another verb ("Anna itkee", but not "Anna aikaa"); if it is a
   genitive before a word for kin ("Toivon äiti", but not "Toivon apua"); beside another name; or if the same name was
   found elsewhere in the text; if it has or gets something ("Pyryllä on", but not "Aamulla on"); or if it is a surname
   in -nen ("Karjalainen itkee").
4. Written small it is a word ("toivo", "aamulla"), except beside another name and in "anna itkee".

Rule 3 errs on the safe side: a unit with a child called Aamu cannot begin a sentence with "Aamu on ...".

A name that is on no list is refused when the morphology knows it as a name and it has a capital; if it is a word too,
only a first name inside a sentence. A capitalised word which Finnish does not know is refused only beside a name, or
where the sentence says that it is one ("poika Jooa", "Fatiman äiti", "nimeltään Dina").

What this cannot find: foreign names on no list without such a hint, names on no list written small, nicknames,
transliterations, deliberate disguise beyond spacing and invisible characters. Whoever may write a consultation could
find out by trying whether a foreign name is on the unit's list; the list holds nobody but those the unit's staff know.
"""

import re
from collections import defaultdict
from collections.abc import Iterable, Iterator
from typing import Literal, NamedTuple

from early_support.screening.morphology import (
	ADJECTIVE,
	COMMON_PLURALS,
	FIRST_NAME,
	GENITIVE,
	LOCAL_TO_PEOPLE,
	NOMINATIVE,
	NOUN,
	NOUN_OR_ADJECTIVE,
	OTHER_NAME,
	PLACE,
	RARE_CASES,
	SURNAME,
	VERB,
	Reading,
	read,
)
from early_support.screening.text import Plain, Token, full_fold, light_fold, spaced_words, tokens
from early_support.screening.words import (
	AND,
	COMPANY,
	FINNISH_FUNCTION_WORDS,
	KIN,
	NAMED,
	NOT_PERSONS,
	PARTICLES,
	PERSON,
	SWEDISH_FUNCTION_WORDS,
	SWEDISH_WORDS,
	TIMES,
)

NAME_KINDS = frozenset({FIRST_NAME, SURNAME, PLACE, OTHER_NAME})
NOMINAL_KINDS = frozenset({NOUN, NOUN_OR_ADJECTIVE, ADJECTIVE}) | NAME_KINDS

_VOWELS = "aeiouyäöå"
_CASES = (
	r"(?:n|t|[aä]|t[aä]|i?tt[aä]|i?ll[aäe]|i?lt[aä]|i?ss[aä]|i?st[aä]|i?ksi|n[aä]|in[aä]|h[aeiouyäö]n|"
	r"[aeiouyäö]n|ien|jen|den|iden|itten|ten|j[aä]|i[aä]|it[aä]|i[ht]in|ihin|seen|siin)?"
)
_OWNERS = r"(?:ni|si|ns[aä]|mme|nne)?"
_CLITICS = r"(?:kin|kaan|kään|han|hän|ko|kö|pa|pä|s)?(?:kin|kaan|kään|han|hän|s)?"
_VOWEL_TAIL = re.compile(rf"{_CASES}{_OWNERS}{_CLITICS}")
_BARE_TAIL = re.compile(rf"(?:s|t[aä])?{_CLITICS}")
_JOINED_TAIL = re.compile(r"[':][a-zåäö]{0,6}")
_LOCATIVE = re.compile(r"(?:ss[aä]|st[aä]|ll[aä]|lt[aä]|lle|iin)$")
_LONGEST_TITLE = 60
_INITIAL = re.compile(r"(?<![\w.])(?:[A-ZÅÄÖ]\.[ -]?)+$")


class KnownName(NamedTuple):
	"""A name that must not appear: "Aino Maria" (first) or "Korhonen" (last)."""

	text: str
	kind: Literal["first", "last"] = "first"


class Names:
	"""The known names, ready to compare words with."""

	def __init__(self, names: Iterable[KnownName]):
		self._kinds: dict[str, set[str]] = defaultdict(set)
		self._vowel_stems: dict[str, set[str]] = defaultdict(set)
		self._bare_stems: dict[str, set[str]] = defaultdict(set)
		self._without_marks: dict[str, set[str]] = defaultdict(set)
		self._openings: set[str] = set()
		for name in names:
			for part in _parts_of_name(name.text):
				self._add(part, name.kind)

	def _add(self, part: str, kind: str) -> None:
		self._kinds[part].add(kind)
		self._openings.update((part[:2], full_fold(part)[:2]))
		plain = full_fold(part)
		if plain != part:
			self._without_marks[plain].add(part)
		for form in {part, plain}:
			for stem in _vowel_stems(form):
				self._vowel_stems[stem].add(part)
			self._bare_stems[form].add(part)

	def may_match(self, token: Token) -> bool:
		"""A cheap first look, because a reading takes milliseconds: no name changes its first two letters."""
		return token.low[:2] in self._openings

	def kinds(self, names: Iterable[str]) -> set[str]:
		return {kind for name in names for kind in self._kinds[name]}

	def match(self, low: str, readings: tuple[Reading, ...], capital: bool = True) -> set[str]:
		"""The known names that the word may be a form of; written small it must have the dots of the name."""
		found = {light_fold(reading.base) for reading in readings if reading.kind in NOMINAL_KINDS}
		found = {base for base in found if base in self._kinds}
		return found | self._match_stems(
			low, exact=not capital and any(not _is_name(reading) for reading in readings)
		)

	def _match_stems(self, low: str, exact: bool) -> set[str]:
		found: set[str] = set()
		for cut in range(2, len(low) + 1):
			head, tail = low[:cut], low[cut:]
			names = set()
			if head in self._bare_stems and (_BARE_TAIL.fullmatch(tail) or _JOINED_TAIL.fullmatch(tail)):
				names |= self._bare_stems[head]
			if (
				head in self._vowel_stems
				and _VOWEL_TAIL.fullmatch(tail)
				and _is_vowel_harmony_possible(head, tail)
			):
				names |= self._vowel_stems[head]
			found.update(name for name in names if len(name) > 2 or len(tail) <= 3 or tail[0] in ":'")
		if exact or any(letter in "äö" for letter in low):
			# "sade" is rain, not the child Säde written without dots; "isä" is a father, not Isa.
			found = {name for name in found if _is_same_spelling(low, name)}
		return found


def find_names(
	plain: Plain, names: Iterable[KnownName], allowed: Iterable[str] = ()
) -> Iterator[tuple[int, int]]:
	"""Places in the plain text that hold a name, as (start, end); see the module's docstring for the rules.

	`allowed` are titles that are no person (the unit, its groups). They free names that are on no list, and
	hyphenated titles as a whole ("Mansikka-Aho"); a name on the list is found all the same.
	"""
	yield from _NameScreening(plain, Names(names), {light_fold(title) for title in allowed}).run()


class _NameScreening:
	def __init__(self, plain: Plain, names: Names, allowed: set[str]):
		self.plain = plain
		self.names = names
		self.allowed_titles = {title for title in allowed if "-" in title and len(title) > 5}
		self.allowed_words = {
			word for title in allowed for word in re.findall(r"[^\W\d_]+", title) if len(word) > 2
		}
		self.tokens = tokens(plain)
		self._readings: dict[str, tuple[Reading, ...]] = {}
		self._known: dict[int, set[str]] = {}
		self._mark_swedish()

	def run(self) -> Iterator[tuple[int, int]]:
		found = {index for index in range(len(self.tokens)) if self._is_name_alone(index)}
		named = {name for index in found for name in self.known(index)}
		found |= {
			index
			for index in range(len(self.tokens))
			if self._is_name_beside(index, found) or self._is_named_again(index, named)
		}
		# Twice, so that a row of names ("Abdi Hassan Omar") is taken as a whole.
		found |= {index for index in range(len(self.tokens)) if self._is_name_beside(index, found)}
		for index in sorted(found):
			token = self.tokens[index]
			start = _INITIAL.search(self.plain.text[max(0, token.word_start - 12) : token.word_start])
			yield token.word_start - (len(start.group()) if start else 0), token.word_end
		for word, start, end in spaced_words(self.plain):
			if self._is_spaced_name(word):
				yield start, end

	# What a word is

	def readings(self, index: int) -> tuple[Reading, ...]:
		return self._read(self.tokens[index].text)

	def _read(self, word: str) -> tuple[Reading, ...]:
		low = re.split(r"[':]", word.lower(), maxsplit=1)[0]
		if low not in self._readings:
			self._readings[low] = read(low)
		return self._readings[low]

	def known(self, index: int) -> set[str]:
		if index not in self._known:
			token = self.tokens[index]
			self._known[index] = (
				self.names.match(token.low, self.readings(index), token.capital)
				if self.names.may_match(token)
				else set()
			)
		return self._known[index]

	def plain_readings(self, index: int) -> list[Reading]:
		"""The readings that compete with the name: what the word means when it is nobody's name."""
		token = self.tokens[index]
		if token.swedish:
			# A Finnish reading of a Swedish word says nothing.
			is_word = token.low in SWEDISH_WORDS
			return [Reading(token.low, NOUN, NOMINATIVE, False, None, None)] if is_word else []
		readings = self.readings(index)
		# "Onnilla", "Lumilla": as plurals of a noun far rarer than as the regular forms of a name.
		singular_name = bool(self.known(index)) or any(
			_is_name(reading) and not reading.plural for reading in readings
		)
		return [
			reading
			for reading in readings
			if not _is_name(reading)
			and reading.case not in RARE_CASES
			and reading.mood != "potential"
			and not (
				singular_name and token.capital and reading.plural and reading.case not in COMMON_PLURALS
			)
		]

	# The rules

	def _is_name_alone(self, index: int) -> bool:
		token = self.tokens[index]
		if self._is_allowed_title(token):
			return False
		if self.known(index):
			return self._is_known_name(index)
		return (
			token.capital
			and len(token.text) > 1
			and (self._is_recognised_name(index) or self._is_called_a_name(index))
		)

	def _is_known_name(self, index: int) -> bool:
		token, plain = self.tokens[index], self.plain_readings(index)
		kinds = self.names.kinds(self.known(index))
		if not plain:
			is_place = kinds == {"first"} and any(reading.kind == PLACE for reading in self.readings(index))
			is_long = max(len(name) for name in self.known(index)) > 2
			return (token.capital or is_long) and not (
				is_place and token.capital and token.opens_sentence and not self._is_nominative(index)
			)
		if not token.capital:
			return self._is_subject_without_noun(index, plain)
		if (not token.opens_sentence or token.opens_clause) and not token.shouted:
			return True
		is_family = "last" in kinds and all(reading.base.endswith("nen") for reading in plain)
		return (
			is_family
			or self._is_owner_of_kin(index)
			or (
				"first" in kinds
				and (self._is_somebody_who_has(index) or self._is_somebody_who_does(index, plain))
			)
		)

	def _is_recognised_name(self, index: int) -> bool:
		"""A name on no list that Finnish knows as a name."""
		token, readings = self.tokens[index], self.readings(index)
		kinds = {reading.kind for reading in readings}
		if _is_no_person(token.low) or any(reading.base in NOT_PERSONS for reading in readings):
			return False
		if FIRST_NAME not in kinds and (SURNAME not in kinds or PLACE in kinds):
			# "M. Haddad": behind an initial even a word that Finnish does not know is a surname.
			return self._follows_initial(token) and not readings and len(token.text) > 3
		plain = self.plain_readings(index)
		is_abbreviation = token.all_caps and not token.shouted and (bool(plain) or len(token.text) < 4)
		if self._is_allowed_word(token.low) or is_abbreviation:
			return False
		return not plain or self._follows_initial(token) or self._outweighs(index, plain, kinds)

	def _outweighs(self, index: int, plain: list[Reading], kinds: set[str]) -> bool:
		"""Whether a word with a capital, which is on no list, is rather the name than the word."""
		token = self.tokens[index]
		if token.opens_sentence or token.shouted:
			is_wish = any(reading.kind == VERB and reading.person == "1" for reading in plain)
			return FIRST_NAME in kinds and self._is_owner_of_kin(index) and not is_wish
		return FIRST_NAME in kinds or all(
			reading.kind == ADJECTIVE and reading.base.endswith("nen") for reading in plain
		)

	def _is_called_a_name(self, index: int) -> bool:
		"""A capitalised word which Finnish does not know, where the sentence says that it is a name."""
		token = self.tokens[index]
		if token.swedish or token.all_caps or len(token.text) < 3 or self._is_allowed_word(token.low):
			return False
		if self.readings(index) or _is_no_person(token.low):
			return False
		following = self._neighbour(index, 1)
		if token.low.endswith("n") and following is not None and self._is_kin(following):
			return True
		before = self._neighbour(index, -1)
		if before is None or token.opens_sentence:
			return False
		if self.tokens[before].low in NAMED:
			return True
		return not _LOCATIVE.search(token.low) and any(
			reading.base in PERSON and reading.case == NOMINATIVE and not reading.plural
			for reading in self.readings(before)
		)

	def _is_name_beside(self, index: int, found: set[int]) -> bool:
		"""Next to a name, with a capital: another part of the name. Two known names side by side need no capital."""
		token = self.tokens[index]
		if index in found or self._is_allowed_title(token):
			return False
		return any(
			self._is_joined_with(index, step, found) or self._belongs_to_neighbour(index, step, found)
			for step in (-1, 1)
		)

	def _is_joined_with(self, index: int, step: int, found: set[int]) -> bool:
		""" "Matin ja Mäkisen": a known name joined by "and" with another."""
		joint = self._neighbour(index, step)
		return (
			joint is not None
			and index + 2 * step in found
			and self.tokens[joint].low in AND
			and self.tokens[index].capital
			and bool(self.known(index))
		)

	def _belongs_to_neighbour(self, index: int, step: int, found: set[int]) -> bool:
		beside = self._neighbour(index, step)
		if beside is None:
			return False
		token = self.tokens[index]
		if beside in found and token.capital and not token.swedish and not self.readings(index):
			return True
		if not (self.known(index) and self.known(beside)):
			return False
		kinds = self.names.kinds(self.known(index)) | self.names.kinds(self.known(beside))
		return kinds == {"first", "last"} and (self._is_nominative(index) or self._is_nominative(beside))

	def _is_named_again(self, index: int, named: set[str]) -> bool:
		return self.tokens[index].capital and bool(named & self.known(index))

	def _is_spaced_name(self, word: str) -> bool:
		readings = self._read(word)
		return bool(self.names.match(light_fold(word), readings)) or any(
			reading.kind in {FIRST_NAME, SURNAME} for reading in readings
		)

	# Signs in the sentence

	def _neighbour(self, index: int, step: int) -> int | None:
		other = index + step
		if not 0 <= other < len(self.tokens):
			return None
		first, second = sorted((index, other))
		between = self.plain.text[self.tokens[first].end : self.tokens[second].start]
		return other if between and not between.strip(" \n-") else None

	def _is_nominative(self, index: int) -> bool:
		known = self.known(index)
		token = self.tokens[index]
		return token.low in known or full_fold(token.low) in {full_fold(name) for name in known}

	def _is_kin(self, index: int) -> bool:
		return any(reading.base in KIN and reading.case == NOMINATIVE for reading in self.readings(index))

	def _is_owner_of_kin(self, index: int) -> bool:
		following = self._neighbour(index, 1)
		is_genitive = any(
			_is_name(reading) and reading.case == GENITIVE for reading in self.readings(index)
		) or (self.known(index) and self.tokens[index].low.endswith("n"))
		return (
			bool(is_genitive)
			and following is not None
			and (self._is_kin(following) or self.tokens[following].low in COMPANY)
		)

	def _is_somebody_who_has(self, index: int) -> bool:
		""" "Pyryllä on", "Rauhalle tuli", but not "Aamulla on": what people have and get, before a verb."""
		following = self._neighbour(index, 1)
		return (
			any(
				reading.kind == FIRST_NAME and reading.case in LOCAL_TO_PEOPLE and reading.base not in TIMES
				for reading in self.readings(index)
			)
			and following is not None
			and any(reading.is_finite_verb for reading in self.readings(following))
		)

	def _is_somebody_who_does(self, index: int, plain: list[Reading]) -> bool:
		""" "Lumi itkee", "Anna itkee": a first name in the nominative that opens a sentence."""
		if not self._is_nominative(index) or any(reading.base in KIN for reading in plain):
			return False
		is_noun = any(reading.kind in {NOUN, NOUN_OR_ADJECTIVE} for reading in plain) and all(
			reading.kind in NOMINAL_KINDS or _is_command(reading) for reading in plain
		)
		return is_noun or self._is_subject_without_noun(index, plain)

	def _is_subject_without_noun(self, index: int, plain: list[Reading]) -> bool:
		""" "Anna itkee", "anna ei nuku": a command is never followed by a finite verb, so it is a name."""
		following = self._neighbour(index, 1)
		return (
			self._is_nominative(index)
			and all(_is_command(reading) for reading in plain)
			and following is not None
			and any(reading.is_finite_verb for reading in self.readings(following))
		)

	def _follows_initial(self, token: Token) -> bool:
		return bool(_INITIAL.search(self.plain.text[max(0, token.start - 12) : token.start]))

	def _is_allowed_title(self, token: Token) -> bool:
		word = light_fold(
			self.plain.text[token.word_start : min(token.word_end, token.word_start + _LONGEST_TITLE)]
		)
		# All but the last two letters: these change when the title is inflected (Mansikka-Ahossa, Mansikka-Aholla).
		return any(word.startswith(title[:-2]) for title in self.allowed_titles)

	def _is_allowed_word(self, low: str) -> bool:
		return any(low.startswith(word[: max(3, len(word) - 2)]) for word in self.allowed_words)

	def _mark_swedish(self) -> None:
		sentence: list[Token] = []
		for token in [*self.tokens, None]:
			if token is None or token.opens_sentence:
				swedish = sum(word.low in SWEDISH_FUNCTION_WORDS for word in sentence)
				finnish = sum(word.low in FINNISH_FUNCTION_WORDS for word in sentence)
				for word in sentence:
					word.swedish = swedish > finnish
				sentence = []
			if token is not None:
				sentence.append(token)


def _parts_of_name(name: str) -> set[str]:
	"""A written name in the parts that can stand alone: "Anna-Liisa" → anna-liisa, anna, liisa."""
	parts: set[str] = set()
	for word in name.replace("‐", "-").replace("‑", "-").split():
		if any(character.isdigit() for character in word):
			continue
		pieces = [light_fold(piece) for piece in re.findall(r"[^\W\d_]+", word)]
		# A baby without a name stands in registers as "Poika".
		pieces = [piece for piece in pieces if piece not in PARTICLES | PERSON and len(piece) > 1]
		parts.update(piece for piece in pieces if len(pieces) == 1 or len(piece) > 2)
	return parts


def _vowel_stems(name: str) -> set[str]:
	"""Stems to which the case endings of a vowel stem are added."""
	if name[-1] in _VOWELS:
		stems = {name}
		if name[-1] == "e":
			stems.add(name + "e")
		# Pekka → Peka-, Matti → Mati-: the weak grade of a doubled consonant before the last vowel.
		if len(name) > 3 and name[-2] == name[-3] and name[-2] in "kpt":
			stems.add(name[:-2] + name[-1])
		return stems
	stems = {name + "i"}
	if name.endswith("nen"):
		stems |= {name[:-3] + "se", name[:-3] + "s"}
	elif name.endswith("s") and len(name) > 2:
		stems |= {name[:-1] + "kse", name[:-1] + name[-2]}
	return stems


def _is_vowel_harmony_possible(stem: str, tail: str) -> bool:
	"""The illative doubles the last vowel ("Noaan"): "Noaon" is another word."""
	return not (len(tail) == 2 and tail[1] == "n" and tail[0] in _VOWELS) or tail[0] == stem[-1]


def _is_same_spelling(low: str, name: str) -> bool:
	return low.startswith(name[:2]) and sum(map(low.count, "äö")) >= sum(map(name.count, "äö"))


def _is_no_person(low: str) -> bool:
	return any(
		low[:cut] in NOT_PERSONS and _VOWEL_TAIL.fullmatch(low[cut:]) is not None
		for cut in range(3, len(low) + 1)
	)


def _is_name(reading: Reading) -> bool:
	return reading.kind in NAME_KINDS


def _is_command(reading: Reading) -> bool:
	return reading.kind == VERB and reading.mood == "imperative"
