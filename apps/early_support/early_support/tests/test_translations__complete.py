"""Every text of the app is translated into Finnish and Swedish. Pure: reads files, needs no site."""

import csv
import re
from collections import Counter
from itertools import groupby
from pathlib import Path

import pytest

from early_support.tests import our_strings

TRANSLATIONS = Path(__file__).resolve().parents[1] / "translations"
LANGUAGES = ("fi", "sv")

# The same word in both languages, or Finnish already.
FILE_FORMATS = {"CSV", "JSON Lines", "OID", "Parquet", "XLSX"}
ENCODINGS = {"ISO-8859-15", "UTF-8", "Windows-1252"}
PROTOCOLS = {"HTTPS", "OAuth2", "POST", "PUT", "SFTP"}
SAME_AS_ENGLISH = {
	"fi": {"Kuukausitilasto", "Vuosikello", *FILE_FORMATS, *ENCODINGS, *PROTOCOLS},
	"sv": {
		"Organisation",
		"Period",
		"Person",
		"Port",
		"Pseudonym",
		"Server",
		"Session",
		"Status",
		"Text",
		"{0} filter",
		*FILE_FORMATS,
		*ENCODINGS,
		*PROTOCOLS,
	},
}

# Frappe puts the name of the view in here as it is in the code ("List"): better no name than an English one.
WITHOUT_NAME = "{0} View"
PLACEHOLDER = re.compile(r"\{\w*\}")


def read(language: str) -> list[list[list[str]]]:
	"""Give the blocks of a translation file: first the rows of the app's own texts, then those of Frappe's."""
	with open(TRANSLATIONS / f"{language}.csv", encoding="utf-8", newline="") as file:
		rows = list(csv.reader(file))
	return [list(block) for filled, block in groupby(rows, bool) if filled]


def key(row: list[str]) -> tuple[str, str | None]:
	return row[0], row[2] if len(row) > 2 and row[2] else None


def words(language: str) -> dict[tuple[str, str | None], str]:
	return {key(row): row[1] for block in read(language) for row in block}


OURS = our_strings.collect()
each_language = pytest.mark.parametrize("language", LANGUAGES)


@each_language
def test_every_text_of_ours_is_translated(language):
	own = {key(row) for row in read(language)[0]}
	missing = {text: OURS[text] for text in OURS if text not in own}
	assert not missing


@each_language
def test_no_row_is_left_over(language):
	ours, theirs = read(language)
	known = OURS.keys() | our_strings.words_of_forms()
	assert [row for row in ours if key(row) not in known] == []
	assert [row for row in theirs if row[0] not in FRAPPE_STRINGS] == []


def test_a_state_has_a_word_of_its_own_on_the_same_forms_in_each_language():
	"""A consent is taken back, where support comes to a halt."""
	of_forms = our_strings.words_of_forms()
	own = [words(language).keys() & of_forms for language in LANGUAGES]
	assert own[0] == own[1] >= {("Withdrawn", "Cooperation Consent")}


@each_language
def test_what_staff_meet_of_frappe_is_translated(language):
	known = words(language)
	assert [text for text in FRAPPE_STRINGS if (text, None) not in known] == []


@each_language
def test_every_row_is_whole(language):
	for block in read(language):
		for row in block:
			assert len(row) in (2, 3), row  # Frappe logs an error for any other row
			assert row[0] == row[0].strip(), row  # Frappe looks up the stripped text
			assert row[1].strip(), row
			assert row[1] == row[1].strip(), row


@each_language
def test_placeholders_agree(language):
	for (text, _context), translated in words(language).items():
		if text == WITHOUT_NAME:
			continue
		assert set(PLACEHOLDER.findall(text)) == set(PLACEHOLDER.findall(translated)), text


@each_language
def test_markup_agrees(language):
	for (text, _context), translated in words(language).items():
		assert re.findall(r"<[^>]+>", text) == re.findall(r"<[^>]+>", translated), text


@each_language
def test_a_text_has_one_translation(language):
	rows = [key(row) for block in read(language) for row in block]
	assert [text for text, times in Counter(rows).items() if times > 1] == []


@each_language
def test_nothing_is_left_in_english(language):
	same = {text for (text, _context), translated in words(language).items() if text == translated}
	assert same == SAME_AS_ENGLISH[language]


@each_language
def test_rows_are_sorted(language):
	for block in read(language):
		assert block == sorted(block, key=lambda row: (row[0].casefold(), row[0], row[2:]))


@each_language
def test_quotation_marks_are_those_of_the_language(language):
	for translated in words(language).values():
		assert not re.search(r"[“„«»]", translated), translated


def test_no_sentence_is_built_or_shown_untranslated():
	assert our_strings.faults() == []


# The collector itself ------------------------------------------------------------------------------------------------


def texts(found) -> list[tuple[str, str | None]]:
	return [(each.text, each.context) for each in found]


def test_the_collector_reads_python():
	source = '_("One") + frappe._("Two", context="Three") + _("Fo" "ur") + _(name) + other("Five")'
	assert set(texts(our_strings.python_texts(source, "x.py"))) == {
		("One", None),
		("Two", "Three"),
		("Four", None),
	}


@pytest.mark.parametrize(
	"source",
	[
		'_(f"One {name}")',
		'_("One " + name)',
		'_("One %s" % name)',
		'_("One {0}".format(name))',
		'frappe.throw("One")',
		'frappe.throw(f"One {name}")',
		'frappe.msgprint(text, title="One")',
	],
)
def test_the_collector_refuses_built_python(source):
	assert len(our_strings.python_faults(source, "x.py")) == 1


def test_the_collector_lets_good_python_pass():
	source = 'frappe.throw(_("One {0}").format(name), title=_("Two")); x.throw(message); _(label)'
	assert our_strings.python_faults(source, "x.py") == []


def test_the_collector_reads_scripts():
	source = """
		// __("not this")
		const a = __("One"), b = __('It\\'s {0}', [name]), c = __("Two", null, "Three"), d = __(label);
		const url = "http://example.invalid"; x.__("nor this"); `${__("Four")}`; __(
			"Five"
		);
	"""
	assert texts(our_strings.script_texts(source, "x.js")) == [
		("One", None),
		("It's {0}", None),
		("Two", "Three"),
		("Four", None),
		("Five", None),
	]


@pytest.mark.parametrize(
	"source",
	[
		'__("One " + name)',
		"__(`One ${name}`)",
		'{ label: "One" }',
		'frm.add_custom_button("One", run)',
		'element.textContent = "One";',
	],
)
def test_the_collector_refuses_built_scripts(source):
	assert len(our_strings.script_faults(source, "x.js")) == 1


def test_the_collector_lets_good_scripts_pass():
	source = 'frm.add_custom_button(__("One"), run); const a = { label: __("Two"), title }; __(label);'
	assert our_strings.script_faults(source, "x.js") == []


def test_the_collector_finds_each_kind_of_source():
	places = {place.split("/")[0] for found in OURS.values() for place in found}
	assert {"early_support", "fixtures", "public", "hooks.py:1"} <= places
	kinds = {place.split("/")[1] for found in OURS.values() for place in found if place[:6] == "early_"}
	assert kinds >= {"doctype", "report", "workflow"}


# Frappe's own texts --------------------------------------------------------------------------------------------------

# What our staff meet on our forms, lists and report, at login, in their settings and in messages: collected in the
# browser on the trial version, where Frappe has no translation or one that misleads ("Count" is a nobleman there).
FRAPPE_STRINGS = """
1 hour ago
1 minute ago
1 month ago
1 week ago
1 year ago
About
Action Failed
Actions
Active
Activity
Add
Add / Remove Columns
Add a comment
Add a Filter
Add a row above the current row
Add a row at the bottom
Add a row at the top
Add a row below the current row
Add a tag ...
Add Chart to Dashboard
Add Column
Add Multiple
Add Row
Add Tags
Add {0}
added rows for {0}
Administrator
Advanced Search
After
All Results
and
Apply
Apply Assignment Rule
Apply Filters
Are you sure you want to remove the {0} filter?
Ascending
ascending
Assign To
Assigned To
At least one column is required to show in the grid.
Attach File
Attachment Limit Reached
Attachments
Auto follow documents that are assigned to you
Auto follow documents that are shared with you
Auto follow documents that you comment on
Auto follow documents that you create
Auto follow documents that you Like
Automatic
Average
Back
Back to Home
Back to Login
Basic Info
Before
Between
Build
Bulk Edit
Camera
Cancel
Cannot delete or cancel because {0} {1} is linked with {2} {3} {4}
Change
Change Password
Choose a block or continue typing
Choose a color
Clear
Clear all filters
Clear Cache and Reload
Clear Filters
Collapse All
Column Width
Comment
commented
Comments
Configure Columns
Confirm
Confirm Password
Connection Lost
Connections
Copy error to clipboard
Copy to Clipboard
Could not find {0}
Create
Create a new {0}
Create Card
Create Duplicate
Create New
Create Workspace
Create your first {0}
Created By
Created On
Currently Viewing
Customize
Dark
Dark Theme
Data missing in table
Deadlock Occurred
Delete
Delete All
Descendants Of
Descendants Of (inclusive)
Descending
descending
Desk Settings
Desk Theme
Discard
Document Follow
Document has been cancelled
Document has been submitted
Document is in draft state
Document Status
Documentation
Don't have an account?
Done
Download
Drag
Duplicate current row
Duplicate Name
Duplicate Workspace
Edit
Edit Filters
Edit Full Form
Edit Profile
Edit Workspace
Editing Row
Email
Email Address
Email Signature
empty
Enabled
Equals
Error
Error: Document has been modified after you have opened it
ESC
Events
Excellent
Expand All
Export
Failed
Field
File
Filter
Filter By
Filter Name
Filters
Filters applied for {0}
First Name
Follow
Followed by
Following fields have invalid values:
Following fields have missing values:
For comparison, use >5, <10 or =324. For ranges, use 5:10 (for values between 5 & 10).
Forgot Password
Forgot Password?
Frappe Light
Frappe Support
Frequency
Full Name
Full Page
Gender
Get more insights with
Global Shortcuts
Go to next record
Go to previous record
Graph
Greater Than
Greater Than Or Equal To
Grid Shortcuts
Group By
Group By {0}
Help
Hide
Hide Saved
Hide Tags
hours
In
in
Include indentation
Incomplete login details
Index
Insert Above
Insert Below
Insufficient Permission for {0}
Integrations
Interests
Invalid Link
Invalid Login. Try again.
Invalid Password
Invalid Request
Invalid Search
Invalid Values
Is
is
Is Global
jane@example.com
Jump to field
just now
Keyboard Shortcuts
Last Active
Last Login
Last Name
Last Updated By
Last Updated On
Less Than
Less Than Or Equal To
Light
Light Theme
Like
Liked By
Likes
List
List View
Load More
Load more
Loading
Loading Filters...
Loading versions...
Loading...
Location
Log out
Logged Out
Login
Login Failed please try again
Login link sent to your email
Login to {0}
Login With Email Link
Login with Email Link
Logout
Looks like you haven’t received any notifications.
Mandatory
Mandatory fields required in table {0}, Row {1}
Mandatory fields required in {0}
Mark all as read
Menu
merged {0} into {1}
Message
Middle Name
Missing Fields
Missing Values Required
Mobile No
Module Profile
More Information
Most Used
Move
Move cursor to above row
Move cursor to below row
Move cursor to next column
Move cursor to previous column
Move To
Mute Sounds
My Profile
My Settings
My Workspaces
Navigate Home
Navigate list down
Navigate list up
new
New Email
New Event
New Password
New Value
New {0}
Next Document
No
No changes in document
No changes made
No Data
No Data...
No filters found
No filters selected
No New notifications
No permission for {0}
No permission to '{0}' {1}
No permission to read {0}
No Results found
No rows
No Tags
No Upcoming Events
No {0} Found
No {0} found
No {0} found with matching filters. Clear filters to see all {0}.
No.
None
Not Allowed
Not Ancestors Of
Not Descendants Of
Not Equals
Not Found
Not found
Not In
not in
Not Like
Not Permitted
Not permitted
Not permitted to view {0}
Not Saved
Not Set
Notification Settings
Notifications
Notify users with a popup when they log in
now
Old Password
On or After
On or Before
Open Awesomebar
Open Help
Open Link
Open list item
Open Settings
Open {0}
or
Original Value
Page not found
Page Shortcuts
Parent
Password
Password Reset
Passwords do not match
Pick Columns
Please enter your new password.
Please enter your old password.
Please refresh to get the latest document.
Please set filters
Possible source of error:
Press Alt Key to trigger additional shortcuts in Menu and Sidebar
Press Enter to save
Previous Document
Print
Print document
Private
Profile
Public
Quick Help for Setting Permissions
Read Only Mode
Recents
Redo
Redo last action
Refresh
Refreshing
Reload
Reload List
Reload Report
Remind Me
Remove
Remove column
removed rows for {0}
renamed from {0} to {1}
Report
Report View
Report was not saved (there were errors)
Report:
Request Timed Out
Request Timeout
Reset Password
Reset sorting
Reset to default
Result
Reviews
Roles & Permissions
Row
Row #{0}:
Save
Save As
Save Filter
Save the document.
Saved
Saving
Search
Search for anything
Search for {0}
Search or type a command
Search or type a command (Ctrl + G)
Search Results
See all Activity
Select All
Select Field...
Select Filters
Select Group By...
Select list item
Select multiple list items
Select {0}
Send
Send login link
Send Me A Copy of Outgoing Emails
Send Notifications For Documents Followed By Me
Send Notifications For Email Threads
Server Error
Server was too busy to process this request. Please try again.
Session Defaults
Session Expired
Set
Set Chart
Set New Password
Set Password
Settings
Setup Auto Email
Shared With
Shortcuts
Show
Show all activity
Show Error
Show Fieldname (click to copy on clipboard)
Show more details
Show Saved
Show Tags
Show Totals
Something went wrong
Sorry! I could not find what you were looking for.
Sorry! You are not permitted to view this page.
Sort Ascending
Sort Descending
Stats
Status
Strong
Sum
Switch Theme
Tag
Tags
The page you are looking for has gone missing.
The resource you are looking for is not available
Theme Changed
There are no upcoming events for you.
There's nothing here
this form
This form is not editable due to a Workflow.
This value is fetched from {0}'s {1} field
Time Zone
Timeless Night
Timespan
Today
Today's Events
Toggle Chart
Toggle Full Width
Toggle Sidebar
Toggle Theme
Too Many Requests
Total
Total:
Trigger Primary Action
Type a reply / comment
Type something in the search box to search
Undo
Undo last action
Unfollow
Unselect All
Update Details
Updating
Upload
User
User Details
User does not exist.
User Menu
User Settings
User {0} does not have access to this document
User {0} does not have doctype access via role permission for document {1}
Username
Uses system's theme to switch between light and dark mode
Value missing for
View
View report in your browser
View Website
Weak
Workflow State
Workspace
Workspaces
Write
Yes
Yesterday
yesterday
You
You are not allowed to export {} doctype
You attached {0}
You can try changing the filters of your report.
You changed the value of {0}
You changed the value of {0} {1}
You changed the values for {0}
You changed the values for {0} {1}
You changed {0} to {1}
You created this
You do not have enough permissions to access this resource. Please contact your manager to get access.
You do not have enough permissions to complete the action
You edited this
You have been successfully logged out
You haven't created a {0} yet
You last edited this
You Liked
You need to be logged in to access this page
You removed attachment {0}
You viewed this
Your session has expired, please login again to continue.
{0} attached {1}
{0} changed the value of {1}
{0} changed the value of {1} {2}
{0} changed the values for {1}
{0} changed the values for {1} {2}
{0} changed {1} to {2}
{0} created this
{0} created this {1}
{0} days ago
{0} edited this
{0} edited this {1}
{0} filter
{0} filters
{0} from {1} to {2}
{0} from {1} to {2} in row #{3}
{0} hours ago
{0} is required
{0} items selected
{0} last edited this
{0} Liked
{0} List
{0} minutes ago
{0} months ago
{0} of {1}
{0} removed attachment {1}
{0} Report
{0} View
{0} viewed this
{0} viewed this {1}
{0} weeks ago
{0} years ago
{0} {1} not found
{count} cell copied
{count} cells copied
{count} row selected
{count} rows selected
""".strip("\n").split("\n")
