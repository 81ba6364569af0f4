"""Identity codes, phone numbers, e-mail addresses and initials. Pure: imports no Frappe.

Each function takes the plain text (text.normalise) and gives the places found, as (start, end) pairs.
"""

import re
from collections.abc import Iterator

from phonenumbers import Leniency, PhoneNumberMatcher, PhoneNumberType, number_type
from stdnum.exceptions import InvalidChecksum, ValidationError
from stdnum.fi import hetu

Span = tuple[int, int]

# Twelve places with or without a space, a dot or a slash between the parts; the sign for the century may be missing.
_CODE = re.compile(
	r"(?<![^\W_])(\d ?\d)[ ./]?(\d ?\d)[ ./]?(\d ?\d)\s?([-–—+ABCDEFYXWVU]?)\s?(\d ?\d ?\d)\s?"
	r"([0-9ABCDEFHJKLMNPRSTUVWXY])(?![^\W_])",
	re.IGNORECASE,
)
_DATE_OR_TIME = re.compile(
	r"(?<![\d.])(?:(?:0?[1-9]|[12]\d|3[01])\.\s?(?:0?[1-9]|1[0-2])\.(?:\s?(?:19|20)\d\d|\d\d(?!\d))?"
	r"|(?:19|20)\d\d-(?:0[1-9]|1[0-2])-(?:0[1-9]|[12]\d|3[01])"
	r"|(?:19|20)\d\d\s?[-–/]\s?(?:19|20)?\d\d"
	r"|(?:[01]?\d|2[0-4])[.:][0-5]\d(?!\.?\d))(?!\d)"
)
# Numbers of services, not of people: an answer may name the help line for parents.
_SERVICE_NUMBERS = frozenset(
	{
		PhoneNumberType.TOLL_FREE,
		PhoneNumberType.PREMIUM_RATE,
		PhoneNumberType.SHARED_COST,
		PhoneNumberType.UAN,
	}
)
_AT = r"(?:\s*@\s*|\s*[(\[{]\s*(?:at|ät|a|miu|miukumauku|@)\s*[)\]}]\s*|\s+(?:at|ät|miukumauku)\s+)"
_DOT = r"(?:\.|\s*[(\[{]\s*(?:dot|piste|punkt|\.)\s*[)\]}]\s*|\s+(?:piste|punkt|dot)\s+)"
_EMAIL = re.compile(
	rf"(?<![\w.+-])[\w+-]+(?:(?:\.|\s?[(\[{{]\s*(?:dot|piste|punkt)\s*[)\]}}]\s?)[\w+-]+)*{_AT}"
	rf"[\w-]+(?:{_DOT}[\w-]+)*{_DOT}[a-zåäö]{{2,}}(?![\w])",
	re.IGNORECASE,
)
_BARE_AT = re.compile(r"[\w.+-]+@[\w.-]*|(?<!\w)@[\w.-]+")
_INITIALS = re.compile(r"(?<![\w.])[A-ZÅÄÖ]\.[ -]?[A-ZÅÄÖ]\.(?:[ -]?[A-ZÅÄÖ]\.)*(?!\w)")


def identity_codes(text: str) -> Iterator[Span]:
	"""Finnish personal identity codes, also with the century signs of 2023, spaces or a wrong check character.

	A wrong check character is a slip of the finger and identifies all the same. Without a sign for the century the
	check character must agree, so that other rows of numbers pass.
	"""
	for match in _CODE.finditer(text):
		day, month, year, sign, individual, control = (
			re.sub(r"\s", "", part).upper() for part in match.groups()
		)
		date = day + month + year
		if sign in {"–", "—"}:
			sign = "-"
		if _is_identity_code(date, sign, individual, control):
			yield match.span()


def phone_numbers(text: str) -> Iterator[Span]:
	"""Phone numbers of people and workplaces in Finland or abroad; dates, times and service numbers are not."""
	masked = _DATE_OR_TIME.sub(lambda match: "x" * len(match.group()), text)
	for match in PhoneNumberMatcher(masked, "FI", leniency=Leniency.VALID):
		if number_type(match.number) not in _SERVICE_NUMBERS:
			yield match.start, match.end


def email_addresses(text: str) -> Iterator[Span]:
	"""E-mail addresses, also "etunimi(at)kunta.fi" and "etunimi at kunta piste fi", and names that begin with @."""
	for pattern in (_EMAIL, _BARE_AT):
		for match in pattern.finditer(text):
			yield match.span()


def initials(text: str) -> Iterator[Span]:
	"""Two or more initials with points, "A. K." (domain.md §9.8: no initials)."""
	for match in _INITIALS.finditer(text):
		yield match.span()


def _is_identity_code(date: str, sign: str, individual: str, control: str) -> bool:
	if not sign:
		return any(
			hetu.is_valid(f"{date}{century}{individual}{control}", allow_temporary=True) for century in "-A"
		)
	try:
		# 002 stands for any person: only the date and the form are judged, so that slips are found too.
		hetu.validate(f"{date}{sign}002{control}")
	except InvalidChecksum:
		return True
	except ValidationError:
		return False
	return True
