"""Why an export is refused. Pure: imports no Frappe; the words for each stand in export/texts.py."""

from enum import Enum


class Fault(Enum):
	"""What is wrong, as a sentence for whoever reads a log."""

	PERIOD_NOT_UNDERSTOOD = "the text names no period of the kind"
	PERIOD_NOT_OVER = "the period has not ended yet"
	TIME_ZONE = "the site does not count its days in Finland's time"
	KEY_MISSING = "there is no pseudonym key of the register controller in that version"
	KEY_WEAK = "a pseudonym key is no base64, or shorter than 32 bytes"
	CODE_UNMAPPED = "the code map has no row for a value on that day"
	CODE_MAP_OTHERS = "the code map is another register controller's"
	CODE_TWICE = "the code map has two rows for a value on the same day"
	VALUE_MISSING = "a required column has no value"
	VALUE_NOT_OF_KIND = "a value does not fit the kind of its column"
	VALUE_UNREADABLE = "a value holds the control character that stands between values while they are read"
	CHARACTER_UNKNOWN = "the encoding of the file does not have a character"
	FIELD_GONE = "the form has no such field any more"
	IDENTIFIES = "the field tells who somebody is"
	FREE_TEXT = "the field holds free text"
	EXACT_DAY = "an exact day is told as month or year only"
	UNCLASSIFIED = "nobody has said what the field tells of a person"
	NO_PSEUDONYM = "only the record itself gets a pseudonym"
	TRANSFORM_UNKNOWN = "there is no such transform, or it does not suit the field"
	KEY_TWICE = "two columns have the same key"
	KEY_NOT_PLAIN = "the key of a column holds something else than a-z, digits and underscores"
	FILTER_EMPTY = "a filter keeps no code"
	FILTER_CLOSED = "rows are not chosen by that field"
	NO_COLUMNS = "there are no columns"
	TOO_MANY_ROWS = "a sheet of a workbook holds no more rows"
	FOLDER_UNKNOWN = "the site's configuration has no export folder of that name"
	FOLDER_UNUSABLE = "the export folder is no absolute path of a folder that can be written to"
	FILE_ALREADY_THERE = "another file of that name lies at the destination"
	FILE_CHANGED = "a file is no longer what the manifest says"
	DESTINATION_UNCONFIRMED = "no second person has confirmed the destination as it is"
	DESTINATION_OTHERS = "the destination is another register controller's"
	DESTINATION_CHANGED = "the destination is another than the one for which the run was approved"
	SETTING_UNUSABLE = "a setting of the destination is missing, or cannot be read"
	HOST_KEY_WRONG = "the server shows another host key than the pinned one"
	CERTIFICATE_WRONG = "the server's certificate is not one that is trusted"
	LOGIN_REFUSED = "the receiver does not let us in"
	REMOTE_FOLDER = "the folder on the server is not there, or closed to us"
	REDIRECTED = "the receiver sends us to another address"
	NOT_ACCEPTED = "the receiver does not take the file"
	NOT_SAID_WHICH = "the receiver has a file of that name, and does not say whether it is this one"
	DATABASE_LOST = "the database, or its read replica, is not reached, or the connection broke"
	REPLICA_BEHIND = "the read replica does not hold yet what was stored before the run"
	UNREACHABLE = "the receiver is not reached, or the connection broke"
	RECEIVER_FAILED = "the receiver has a failure of its own"
	RECEIVER_BUSY = "the receiver takes nothing more for now"


class Refused(Exception):
	"""An export that is not made. `values` are named in the message; none of them tells anything of a person."""

	def __init__(self, fault: Fault, **values: object) -> None:
		super().__init__(f"{fault.value}: {values}" if values else fault.value)
		self.fault = fault
		self.values = values


class NotNow(Refused):
	"""A delivery, or a building, that is tried again by itself. `after`: the seconds that a receiver asks to wait, None if it says nothing."""

	def __init__(self, fault: Fault, after: float | None = None, **values: object) -> None:
		super().__init__(fault, **values)
		self.after = after
