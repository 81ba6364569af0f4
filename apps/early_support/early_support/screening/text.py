"""A text as the screening sees it: without invisible characters, in words and sentences. Pure: imports no Frappe."""

import re
import unicodedata
from dataclasses import dataclass, field

_HYPHENS = dict.fromkeys("‐‑−﹣－", "-")
_APOSTROPHES = dict.fromkeys("’ʼ´`‘", "'")
_SAME = {**_HYPHENS, **_APOSTROPHES}
# Letters that no decomposition turns into a plain one.
_PLAIN_LETTERS = str.maketrans(
	{"ø": "o", "ł": "l", "đ": "d", "ð": "d", "ı": "i", "ß": "ss", "æ": "ae", "þ": "th"}
)
_NORDIC = frozenset("åäö")
_FILLERS = frozenset("\u034f\u115f\u1160\u3164\uffa0")

_WORD = re.compile(r"[^\W\d_]+(?:[-':][^\W\d_]+)*")
_PIECE = re.compile(r"[^\W\d_]+")
_SPACED_LETTERS = re.compile(r"(?<!\w)[^\W\d_](?:[ .\-*·][^\W\d_]){2,}(?!\w)")
_OPENS_CLAUSE = re.compile(r"[:;]\s*$")
_OPENS_SENTENCE = re.compile(r"(?:^|\n|[.!?…:;])[\s\"'”“»«()\[\]\-–—•*]*(?:\d+[.)]\s*)?$")
_ABBREVIATION = re.compile(
	r"(?:^|[\s(])(?:esim|mm|ns|ym|yms|jne|ks|vrt|noin|n|t|s|v|tms|ts|nk|nim|bl|ex|kl|klo|puh|d|tel|"
	r"[A-ZÅÄÖ])\.\s*$",
	re.IGNORECASE,
)
_CASE_SUFFIX = 4


@dataclass(frozen=True)
class Plain:
	"""The text in composed form, and where each of its characters stands in the original."""

	text: str
	starts: tuple[int, ...]
	ends: tuple[int, ...]

	def span(self, start: int, end: int) -> tuple[int, int]:
		"""The place in the original text of the characters from `start` up to `end` (exclusive)."""
		return self.starts[start], self.ends[end - 1]


@dataclass
class Token:
	"""A word, or one part of a hyphenated word; positions are those of the plain text."""

	text: str
	start: int
	end: int
	# The whole hyphenated word this is a part of, and its place.
	word_start: int
	word_end: int
	opens_sentence: bool
	# Behind a colon or a semicolon, where Finnish has no capital, although many write one.
	opens_clause: bool
	# Upper case carries no news here: most letters of the line are in upper case.
	shouted: bool
	swedish: bool = False
	low: str = field(init=False)

	def __post_init__(self) -> None:
		self.low = light_fold(self.text)

	@property
	def capital(self) -> bool:
		return self.text[0].isupper()

	@property
	def all_caps(self) -> bool:
		return len(self.text) > 1 and self.text.isupper()


def normalise(text: str) -> Plain:
	"""Compose letters, drop what is invisible (zero-width characters, soft hyphens), unify hyphens and spaces."""
	characters: list[str] = []
	starts: list[int] = []
	ends: list[int] = []
	position = 0
	while position < len(text):
		end = position + 1
		while end < len(text) and (unicodedata.combining(text[end]) or _is_invisible(text[end])):
			end += 1
		if not _is_invisible(text[position]):
			cluster = "".join(character for character in text[position:end] if not _is_invisible(character))
			for character in _compose(cluster):
				characters.append(character)
				starts.append(position)
				ends.append(end)
		position = end
	kept = [index for index in range(len(characters)) if not _is_line_break_hyphen(characters, index)]
	return Plain(
		"".join(characters[index] for index in kept),
		tuple(starts[index] for index in kept),
		tuple(ends[index] for index in kept),
	)


def light_fold(word: str) -> str:
	"""Lower case without diacritics, but with å, ä and ö, which are letters of their own: "José" → "jose"."""
	return "".join(
		character if character in _NORDIC else _strip_marks(character)
		for character in unicodedata.normalize("NFC", word.lower())
	).translate(_PLAIN_LETTERS)


def full_fold(word: str) -> str:
	"""Lower case without any diacritics, as people write on a foreign keyboard: "Väinö" → "vaino"."""
	return _strip_marks(word.lower()).translate(_PLAIN_LETTERS)


def tokens(plain: Plain) -> list[Token]:
	"""The words of the text in order; a hyphenated word gives its parts, a case suffix (Bo:n, Joe'n) stays with its word."""
	found = []
	for word in _WORD.finditer(plain.text):
		before = plain.text[max(0, word.start() - 40) : word.start()]
		opens = bool(_OPENS_SENTENCE.search(before)) and not _ABBREVIATION.search(before)
		shouted = _is_shouted(plain.text, word.start())
		for index, (start, end) in enumerate(_parts(word)):
			found.append(
				Token(
					text=plain.text[start:end],
					start=start,
					end=end,
					word_start=word.start(),
					word_end=word.end(),
					opens_sentence=opens and index == 0,
					opens_clause=opens and index == 0 and bool(_OPENS_CLAUSE.search(before)),
					shouted=shouted,
				)
			)
	return found


def spaced_words(plain: Plain) -> list[tuple[str, int, int]]:
	"""Words written with something between every letter ("A i n o"), joined, with their place in the plain text."""
	return [
		("".join(_PIECE.findall(match.group())), match.start(), match.end())
		for match in _SPACED_LETTERS.finditer(plain.text)
	]


def _parts(word: re.Match) -> list[tuple[int, int]]:
	parts: list[tuple[int, int]] = []
	for piece in _PIECE.finditer(word.group()):
		start, end = word.start() + piece.start(), word.start() + piece.end()
		joint = word.group()[piece.start() - 1] if piece.start() else ""
		is_suffix = joint in {":", "'"} and end - start <= _CASE_SUFFIX and piece.group().islower()
		if is_suffix and parts:
			parts[-1] = (parts[-1][0], end)
		else:
			parts.append((start, end))
	return parts


def _is_shouted(text: str, position: int) -> bool:
	line = text[text.rfind("\n", 0, position) + 1 : (text.find("\n", position) + 1 or len(text) + 1) - 1]
	letters = [character for character in line[:400] if character.isalpha()]
	return len(letters) > 8 and sum(character.isupper() for character in letters) * 2 > len(letters)


def _is_invisible(character: str) -> bool:
	return unicodedata.category(character) == "Cf" or character in _FILLERS


def _is_line_break_hyphen(characters: list[str], index: int) -> bool:
	"""Whether the character belongs to a word divided at the end of a line ("Ai-", "no")."""
	start = index if characters[index] == "-" else index - 1
	around = characters[max(0, start - 1) : start + 3]
	return (
		start > 0
		and len(around) == 4
		and around[1:3] == ["-", "\n"]
		and around[0].isalpha()
		and around[3].isalpha()
		and around[3].islower()
	)


def _compose(cluster: str) -> str:
	composed = "".join(
		character
		for character in unicodedata.normalize("NFKC", cluster)
		if not unicodedata.combining(character)
	)
	if composed.isspace():
		return "\n" if composed in {"\n", "\r", "\u2028", "\u2029"} else " "
	return "".join(_SAME.get(character, character) for character in composed)


def _strip_marks(text: str) -> str:
	return "".join(
		character for character in unicodedata.normalize("NFD", text) if not unicodedata.combining(character)
	)
