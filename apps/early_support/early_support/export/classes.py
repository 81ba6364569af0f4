"""What a field tells of a person, and whether it may leave in rows. Pure: imports no Frappe.

The class of a field follows from its type and from where it links to, whoever asks: free text and what identifies somebody
never leave. What an administrator has added (a custom field) is closed until somebody says what it tells; a text is closed
whatever is said of it.
"""

from collections.abc import Collection
from enum import Enum
from typing import NamedTuple

from early_support.export.faults import Fault

AS_IS, CODE, MONTH, YEAR, PSEUDONYM = "As Is", "Code", "Month", "Year", "Pseudonym"
TRANSFORMS = (AS_IS, CODE, MONTH, YEAR, PSEUDONYM)


class DataClass(Enum):
	"""What a field tells."""

	RECORD = "Record"  # the opaque name of the record: leaves as a pseudonym
	INDIRECT = "Indirect"  # place, time, age: what others may know of a person; counted for k-anonymity
	ATTRIBUTE = "Attribute"  # what the row tells about the person who is in it
	FIGURE = "Figure"  # a number of the work itself
	IDENTIFIER = "Identifier"
	FREE_TEXT = "Free Text"
	UNCLASSIFIED = "Unclassified"


# What a custom field can be said to tell.
CLASSIFIABLE = (DataClass.INDIRECT, DataClass.ATTRIBUTE, DataClass.FIGURE)

# Anything may be written into these.
FREE_TYPES = frozenset(
	{
		"Autocomplete",
		"Code",
		"Comment",
		"Data",
		"HTML Editor",
		"JSON",
		"Long Text",
		"Markdown Editor",
		"Read Only",
		"Small Text",
		"Text",
		"Text Editor",
	}
)
# These are somebody's, or open something.
IDENTIFYING_TYPES = frozenset(
	{
		"Attach",
		"Attach Image",
		"Barcode",
		"Dynamic Link",
		"Geolocation",
		"Image",
		"Password",
		"Phone",
		"Signature",
	}
)
DAY_TYPES = frozenset({"Date", "Datetime"})
NUMBER_TYPES = frozenset({"Currency", "Duration", "Float", "Int", "Long Int", "Percent", "Rating"})
CHOICE_TYPES = frozenset({"Check", "Select", "Link"})

# Places: others know where a child is in day care.
PLACES = frozenset({"Day Care Unit", "Register Controller", "Service Area"})


class Field(NamedTuple):
	"""A field of a form, as far as its class depends on it. `target` is where a link leads to."""

	name: str
	fieldtype: str
	target: str | None = None
	is_custom: bool = False


# The name of the record itself, which is no field of the form.
RECORD = Field("name", "Link", "Record")


def class_of(field: Field, lists: Collection[str], said: DataClass | None = None) -> DataClass:
	"""Return what a field tells.

	Args:
		field: of a form of casework.
		lists: the doctypes of the administrators' lists, whose codes stand for answers.
		said: what somebody has said that a custom field tells; of no account for any other.
	"""
	if field == RECORD:
		return DataClass.RECORD
	certain = _certain_class(field, lists)
	if not field.is_custom or certain in (DataClass.FREE_TEXT, DataClass.IDENTIFIER):
		return certain
	return said if said in CLASSIFIABLE else DataClass.UNCLASSIFIED


def judge(field: Field, tells: DataClass, transform: str) -> Fault | None:
	"""Return why a field may not leave in rows with this transform, None if it may."""
	if transform not in TRANSFORMS:
		return Fault.TRANSFORM_UNKNOWN
	if transform == PSEUDONYM:
		return None if tells is DataClass.RECORD else Fault.NO_PSEUDONYM
	closed = {
		DataClass.RECORD: Fault.IDENTIFIES,
		DataClass.IDENTIFIER: Fault.IDENTIFIES,
		DataClass.FREE_TEXT: Fault.FREE_TEXT,
		DataClass.UNCLASSIFIED: Fault.UNCLASSIFIED,
	}
	if tells in closed:
		return closed[tells]
	if (transform in (MONTH, YEAR)) != (field.fieldtype in DAY_TYPES):
		return Fault.EXACT_DAY if field.fieldtype in DAY_TYPES else Fault.TRANSFORM_UNKNOWN
	return None


def _certain_class(field: Field, lists: Collection[str]) -> DataClass:
	if field.name == "birth_date" or field.fieldtype in IDENTIFYING_TYPES:
		return DataClass.IDENTIFIER
	if field.fieldtype in FREE_TYPES:
		return DataClass.FREE_TEXT
	if field.fieldtype == "Link":
		return _class_of_link(field.target, lists)
	if field.fieldtype in DAY_TYPES:
		return DataClass.INDIRECT
	if field.fieldtype in NUMBER_TYPES:
		return DataClass.FIGURE
	return DataClass.ATTRIBUTE if field.fieldtype in CHOICE_TYPES else DataClass.UNCLASSIFIED


def _class_of_link(target: str | None, lists: Collection[str]) -> DataClass:
	if target in PLACES or target == "Age Band":
		return DataClass.INDIRECT
	if target in lists or target == "Workflow State":
		return DataClass.ATTRIBUTE
	# A child, a family, a colleague, another case: whatever it is, it is somebody's.
	return DataClass.IDENTIFIER
