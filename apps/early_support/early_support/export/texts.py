"""What people are told when an export is refused: what is wrong, and what to do."""

import frappe
from frappe import _
from frappe.utils import escape_html, format_date

from early_support.export import monthly
from early_support.export.faults import Fault, Refused


def text_of(refused: Refused) -> str:
	"""Return the message of a refusal in the user's language, safe to be shown."""
	said = {
		key: format_date(value) if hasattr(value, "isoformat") else escape_html(str(value))
		for key, value in refused.values.items()
	}

	if "places" in said:
		said["where"] = escape_html(_places(refused.values))

	def fill(message: str, *keys: str) -> str:
		return message.format(*(said.get(key, "–") for key in keys))

	return {
		Fault.PERIOD_NOT_UNDERSTOOD: fill(
			_("“{0}” is no period of this profile. Write it as {1}."), "period", "example"
		),
		Fault.PERIOD_NOT_OVER: fill(
			_("The period {0} has not ended yet. It can be reported from {1}."), "period", "day"
		),
		Fault.TIME_ZONE: fill(
			_(
				"The site counts its days in {0}. Ask a System Manager to set the time zone {1} in System Settings."
			),
			"zone",
			"wanted",
		),
		Fault.KEY_MISSING: fill(
			_(
				"There is no pseudonym key for {0}. Ask whoever keeps the server to run: bench --site SITE early-support-pseudonym-key {0}"
			),
			"controller",
		),
		Fault.KEY_WEAK: fill(
			_("The pseudonym key {1} of {0} cannot be used. Ask whoever keeps the server to make a new one."),
			"controller",
			"version",
		),
		Fault.CODE_UNMAPPED: fill(
			_(
				"The code map {0} has no code for “{1}” on {2}. Add a row to it, or name a code for unknown values in the profile, and build again."
			),
			"map",
			"value",
			"day",
		),
		Fault.CODE_TWICE: fill(
			_(
				"The code map {0} has two codes for “{1}” on the same day. Let one of them end before the other begins."
			),
			"map",
			"value",
		),
		Fault.CODE_MAP_OTHERS: fill(
			_(
				"The code map {0} is another register controller's. Choose one that is everybody's, or duplicate it as your own, in a new version of the profile."
			),
			"map",
		),
		Fault.VALUE_MISSING: fill(
			_(
				"The column {0} is required, and it has no value everywhere: {1}. Complete these records, or let the column be empty in a new version of the profile; then ask for the run again."
			),
			"column",
			"where",
		),
		Fault.VALUE_NOT_OF_KIND: fill(
			_("A value of the column {0} is no {1}. Choose another kind of value for the column."),
			"column",
			"kind",
		),
		Fault.VALUE_UNREADABLE: fill(
			_(
				"A record of the form {1} holds a control character (0x1F) in the field “{0}”. Ask whoever keeps the server to take it out of the record, or leave the field out of the profile."
			),
			"field",
			"form",
		),
		Fault.CHARACTER_UNKNOWN: fill(
			_(
				"The column {0} holds the character “{1}”, which {2} does not have. Let a new version of the profile write UTF-8, or give the value another code in its code map; then ask for the run again."
			),
			"column",
			"character",
			"encoding",
		),
		Fault.FIELD_GONE: fill(
			_(
				"The column {0} is filled from “{1}”, which is not there any more. Make a new version of the profile: it leaves the column out. In a draft, take the column out."
			),
			"column",
			"field",
		),
		Fault.IDENTIFIES: fill(
			_(
				"The column {0} would tell who somebody is. Such fields never leave in rows; take the column out."
			),
			"column",
		),
		Fault.FREE_TEXT: fill(
			_(
				"The column {0} holds free text, in which anybody may be named. Such fields never leave in rows; take the column out."
			),
			"column",
		),
		Fault.EXACT_DAY: fill(
			_("The column {0} would tell an exact day. Choose Month or Year as its transform."), "column"
		),
		Fault.UNCLASSIFIED: fill(
			_(
				"Nobody has said yet what the field of the column {0} tells about a person. Choose it in the row of the column."
			),
			"column",
		),
		Fault.NO_PSEUDONYM: fill(
			_("Only the record itself gets a pseudonym: fill the column {0} from “name”."), "column"
		),
		Fault.TRANSFORM_UNKNOWN: fill(
			_(
				"The transform of the column {0} does not suit its field. Choose another one in the row of the column, or a code map with “Code”."
			),
			"column",
		),
		Fault.KEY_TWICE: fill(_("Two columns are called {0}. Give each a key of its own."), "column"),
		Fault.KEY_NOT_PLAIN: fill(
			_(
				"The key “{0}” of a column may hold the letters a to z, digits and underscores, and begins with a letter."
			),
			"column",
		),
		Fault.NO_COLUMNS: _("The profile has no columns. Add at least one."),
		Fault.FILTER_EMPTY: fill(
			_("The filter of “{0}” has no codes. Enter at least one, or take it out."), "field"
		),
		Fault.FILTER_CLOSED: fill(
			_(
				"Rows are not chosen by “{0}”: it is not there, would tell who somebody is, or is not yet said to tell nothing of that. Take the filter out, or first add a column that is filled from it."
			),
			"field",
		),
		Fault.TOO_MANY_ROWS: fill(
			_("A workbook holds {0} rows at most. Choose another format, or a shorter period."), "most"
		),
		Fault.FOLDER_UNKNOWN: fill(
			_(
				"The configuration of the site has no export folder “{0}”. Ask whoever keeps the server, or choose another one."
			),
			"folder",
		),
		Fault.FOLDER_UNUSABLE: fill(
			_("Nothing can be written to the export folder “{0}”. Ask whoever keeps the server."), "folder"
		),
		Fault.FILE_ALREADY_THERE: fill(
			_(
				"Another file called {0} lies at the destination. Ask the receiving system's keeper to take it away, and deliver again."
			),
			"file",
		),
		Fault.FILE_CHANGED: fill(
			_("The file {0} is gone, or is not what was built. Reject this run and build the period again."),
			"file",
		),
		Fault.DESTINATION_UNCONFIRMED: fill(
			_(
				"The destination “{0}” was changed, and nobody else has confirmed it since. Have it confirmed, and deliver again."
			),
			"destination",
		),
		Fault.DESTINATION_OTHERS: fill(
			_(
				"The destination “{0}” is another register controller's. Make a new version of the profile with another one."
			),
			"destination",
		),
		Fault.DESTINATION_CHANGED: fill(
			_(
				"The destination “{0}” leads elsewhere than when the run was approved. Nothing was sent. Reject the run, and ask for the period again."
			),
			"destination",
		),
		Fault.SETTING_UNUSABLE: _(
			"“{0}” of the destination is missing, or cannot be used. Enter it anew, and let somebody else confirm it."
		).format(_setting(refused.values.get("setting"))),
		Fault.HOST_KEY_WRONG: fill(
			_(
				"{0} is not the server that it should be: it shows another host key. Nothing was sent. Ask the receiving system's keeper by another way whether the key was changed, and enter the new one."
			),
			"host",
		),
		Fault.CERTIFICATE_WRONG: fill(
			_(
				"{0} is not the server that it should be, or its certificate has expired. Nothing was sent. Ask the receiving system's keeper, and enter the certificates that are trusted."
			),
			"host",
		),
		Fault.LOGIN_REFUSED: fill(
			_(
				"{0} does not let us in ({1}). Ask the receiving system's keeper, enter the secret anew, and deliver again."
			),
			"host",
			"code",
		),
		Fault.REMOTE_FOLDER: fill(
			_(
				"The folder {0} of {1} is not there, or closed to us. Ask the receiving system's keeper, and deliver again."
			),
			"folder",
			"host",
		),
		Fault.REDIRECTED: fill(
			_(
				"{0} sends us to another address ({1}), and nothing was sent there. Ask the receiving system's keeper for the right one."
			),
			"host",
			"code",
		),
		Fault.NOT_ACCEPTED: fill(
			_(
				"{0} does not take the file {1} ({2}). It says: {3}. Ask the receiving system's keeper, and deliver again."
			),
			"host",
			"file",
			"code",
			"said",
		),
		Fault.NOT_SAID_WHICH: fill(
			_(
				"{0} has a file called {1} already, and does not say whether it is this one. Ask the receiving system's keeper to take it away, and deliver again."
			),
			"host",
			"file",
		),
		Fault.DATABASE_LOST: (
			fill(_("The read replica of the database could not be read ({0})."), "code")
			if refused.values.get("replica")
			else fill(_("The connection to the database broke ({0})."), "code")
		),
		Fault.REPLICA_BEHIND: fill(
			_("The read replica of the database is more than {0} seconds behind."), "seconds"
		),
		Fault.UNREACHABLE: fill(_("{0} is not reached, or the connection broke."), "host"),
		Fault.RECEIVER_FAILED: fill(
			_("{0} has a failure of its own ({1}); perhaps its disk is full."), "host", "code"
		),
		Fault.RECEIVER_BUSY: fill(_("{0} takes nothing more for now ({1})."), "host", "code"),
	}[refused.fault]


def _places(values: dict) -> str:
	"""Say in which records something is missing: their event, month and unit."""
	labels, said = monthly.event_labels(), []
	for event, month, unit in values["places"]:
		# Not filtered by permission: the names of units are no secret.
		title = unit and (frappe.db.get_value("Day Care Unit", unit, "title") or unit)
		where = (labels.get(event) or _(event or "–"), month, title or "–")
		said.append(", ".join(where))
	if values["others"]:
		said.append(
			_("and in other places") if said else _("here and there, in too few records to tell where")
		)
	return "; ".join(said)


def _setting(field: str | None) -> str:
	return _(frappe.get_meta("Report Destination").get_label(field)) if field else "–"
