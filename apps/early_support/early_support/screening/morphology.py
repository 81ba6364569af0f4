"""Finnish readings of single words, from pyvoikko. Pure: imports no Frappe.

The transducer takes 1.3-1.7 s to load and about 240 MB of memory, so it is loaded at the first word and once per
process. Readings are not cached between calls: a cache would keep names in memory.
"""

import threading
from collections.abc import Callable
from typing import NamedTuple

FIRST_NAME = "etunimi"
SURNAME = "sukunimi"
PLACE = "paikannimi"
NOUN = "nimisana"
NOUN_OR_ADJECTIVE = "nimisana_laatusana"
ADJECTIVE = "laatusana"
VERB = "teonsana"
NEGATION = "kieltosana"
OTHER_NAME = "nimi"

NOMINATIVE = "nimento"
GENITIVE = "omanto"
# Verbs have no case; nouns are often plural in these.
COMMON_PLURALS = frozenset({NOMINATIVE, GENITIVE, "osanto", None})
# On, to and from: what people have, get and lose.
LOCAL_TO_PEOPLE = frozenset({"ulkoolento", "ulkotulento", "ulkoeronto"})
# Instructive, comitative and abessive nouns hardly occur in today's prose: "onnin" is the name Onni, not "with lucks".
RARE_CASES = frozenset({"keinonto", "seuranto", "vajanto"})

_lock = threading.Lock()
_analyse: Callable | None = None


class Reading(NamedTuple):
	"""One way to read a word; the values are Voikko's own words."""

	base: str
	kind: str
	case: str | None
	plural: bool
	mood: str | None
	person: str | None

	@property
	def is_finite_verb(self) -> bool:
		"""Whether the word can be what somebody does: "itkee", "oli", "ei"."""
		return self.person == "3" and (
			self.kind == NEGATION or (self.kind == VERB and self.mood in {"indicative", "conditional"})
		)


def read(word: str) -> tuple[Reading, ...]:
	"""Every reading of `word`, which is taken in lower case; empty when Finnish does not know the word."""
	return tuple(
		Reading(
			base=analysis.BASEFORM.replace("--", "-").lower(),
			kind=analysis.CLASS,
			case=analysis.SIJAMUOTO,
			plural=analysis.NUMBER == "plural",
			mood=analysis.MOOD,
			person=analysis.PERSON,
		)
		for analysis in _analyser()(word.lower())
	)


def _analyser() -> Callable:
	global _analyse  # noqa: PLW0603  (the one place where the process keeps the transducer)
	if _analyse is None:
		with _lock:
			if _analyse is None:
				from pyvoikko import analyse

				_analyse = analyse
	return _analyse
