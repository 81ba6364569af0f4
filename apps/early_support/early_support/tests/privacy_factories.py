"""Makers for the tests of retention: a family whose work ended long ago, rules, and what Frappe writes beside a case."""

import json
import os
from contextlib import contextmanager

import frappe
from frappe.deferred_insert import deferred_insert
from frappe.model.naming import set_new_name
from frappe.utils import add_days, add_years, getdate, now_datetime

from early_support.casework import clock
from early_support.tests import case_factories as cases
from early_support.tests import factories

SETTINGS = "Early Support Settings"
YEARS_AGO = 12

# What is made of a family, one document of each.
OF_A_FAMILY = (
	"Plan Review",
	"Support Plan",
	"Client Relationship",
	"Visit",
	"Support Period",
	"Network Meeting Filing",
	"Network Meeting",
	"Concern",
	"Child Plan",
	"Child",
	"Family",
)
DOCUMENTS = len(OF_A_FAMILY)


def long_ago():
	"""Return a day twelve years back."""
	return getdate(add_years(getdate(), -YEARS_AGO))


def make_old_family() -> dict:
	"""Make a family with a child who left twelve years ago, and a concern, period, visit and network meeting.

	All of these ended then.

	The casework is written as rows, without the people who would do it. Returns {doctype: name}, and the unit.
	"""
	then, family = long_ago(), factories.make_family()
	child = factories.make_child(
		family=family, birth_date="2010-02-02", enrolled_from="2012-08-01", left_on=then
	)
	of = frappe.db.get_value("Child", child, ["family", "unit", "controller"], as_dict=True)
	of.update(child=child, service_area=frappe.db.get_value("Day Care Unit", of.unit, "service_area"))
	concern = raw("Concern", workflow_state="Closed", closed_on=then, **of)
	period = raw("Support Period", workflow_state="Ended", ended_on=then, concern=concern, **of)
	visit = raw("Visit", workflow_state="Held", visit_date=then, support_period=period, number=1, **of)
	plan = raw("Child Plan", workflow_state="Superseded", confirmed_on=then, superseded_on=then, **of)
	meeting = raw("Network Meeting", workflow_state="Closed", closed_on=then, concern=concern, **of)
	filing = raw("Network Meeting Filing", network_meeting=meeting, version_number=1, filed_on=then, **of)
	relationship = raw("Client Relationship", workflow_state="Ended", ended_on=then, **of)
	of_client = {"client_relationship": relationship, **of}
	support_plan = raw("Support Plan", workflow_state="Ended", ended_on=then, version_number=1, **of_client)
	review = raw(
		"Plan Review",
		workflow_state="Reviewed",
		support_plan=support_plan,
		reviewed_version=1,
		**of_client,
	)
	return {
		"Plan Review": review,
		"Support Plan": support_plan,
		"Client Relationship": relationship,
		"Visit": visit,
		"Support Period": period,
		"Network Meeting Filing": filing,
		"Network Meeting": meeting,
		"Concern": concern,
		"Child Plan": plan,
		"Child": child,
		"Family": family,
		"unit": of.unit,
	}


def make_real_family(word: str) -> dict:
	"""Make the same family through the doors of the people who work with it; `word` stands in every text of theirs."""
	then = long_ago()
	team = cases.make_team(
		first_names=f"Veeti {word}",
		family=factories.make_family(
			family_name=f"Vanhanen {word}",
			guardians=[
				{
					"full_name": f"Huoltaja {word}",
					"relation": "äiti",
					"phone": "+358 40 7654321",
					"email": f"{word}@example.test".lower(),
					"non_disclosure": 1,
				}
			],
		),
		birth_date="2010-02-02",
		enrolled_from="2012-08-01",
	)
	with clock.at(then):
		concern = cases.concern_in("Meeting Agreed", team, observation=f"Itkee aamuisin. {word}")
		period = cases.period_in("Follow-up", team, concern=concern)
		relationship = cases.relationship_in("Active", team, support_period=period.name, ending_note=word)
		support_plan = cases.support_plan_in(
			"Agreed",
			team,
			client_relationship=relationship.name,
			situation=word,
			goals=[{"goal": word, "steps": word, "responsible": word, "due_on": then}],
			next_review_on=add_days(then, 60),
		)
		review = cases.plan_review_in("Reviewed", team, support_plan, conclusion=word)
		# The plan ends with it.
		cases.move(
			relationship, "End the relationship", team.counsellor, ending_reason=cases.option("Ending Reason")
		)
		visit = cases.visit_in("Held", team, period=period, guidance=f"Aamun hetki. {word}")
		period = cases.move(
			period,
			"End the period",
			team.counsellor,
			outcome=cases.option("Visit Outcome"),
			outcome_note=word,
			rights_told=1,
		)
		meeting = cases.network_meeting_in(
			"Closed",
			team,
			concern=concern.name,
			basics=word,
			shared_goal=word,
			participants=[{"role": "Guardian", "participant_name": f"Huoltaja {word}"}],
			actions=[{"what": word, "responsible": f"Huoltaja {word}", "due_on": then}],
		)
		concern = cases.move(concern, "Close", team.educator, closing_reason=cases.option("Closing Reason"))
		# Confirmed until the child leaves: nobody has to end it.
		plan = cases.child_plan_in("Confirmed", team, wishes=f"Rauhallisia aamuja. {word}")
	child_doc = frappe.get_doc("Child", team.child)
	child_doc.left_on = then
	child_doc.save()
	return {
		"Plan Review": review.name,
		"Support Plan": support_plan.name,
		"Client Relationship": relationship.name,
		"Visit": visit.name,
		"Support Period": period.name,
		**_filings(meeting.name),
		"Network Meeting": meeting.name,
		"Concern": concern.name,
		"Child Plan": plan.name,
		"Child": team.child,
		"Family": child_doc.family,
		"unit": team.unit,
	}


def _filings(meeting: str) -> dict[str, str]:
	"""Return the last filing of a network meeting: the earlier ones go the same way."""
	filters = {"network_meeting": meeting}
	name = frappe.db.get_value("Network Meeting Filing", filters, order_by="version_number desc")
	return {"Network Meeting Filing": name}


def keys(family: dict) -> list[tuple[str, str]]:
	"""Return (doctype, name) of the documents of a family, in the order of destruction."""
	return [(doctype, name) for doctype, name in family.items() if doctype != "unit"]


def there(family: dict) -> set[str]:
	"""Return the doctypes of a family that still exist."""
	return {doctype for doctype, name in keys(family) if frappe.db.exists(doctype, name)}


def set_rules(**years: int) -> None:
	"""Store a rule for each doctype (`support_period=10`), for every controller."""
	settings = frappe.get_doc(SETTINGS)
	settings.set("retention_rules", [])
	for doctype, number in years.items():
		settings.append(
			"retention_rules", {"document_type": doctype.replace("_", " ").title(), "years": number}
		)
	settings.save()


def set_all_rules(years: int = 10) -> None:
	"""Store rules under which everything of an old family is due."""
	# A family goes with its last child: it needs no rule.
	kinds = (kind.lower().replace(" ", "_") for kind in (*OF_A_FAMILY[:-1], "Consultation"))
	set_rules(**dict.fromkeys(kinds, years))


def switch_on() -> None:
	"""Make the dry run and switch the purge on, as the Privacy Officer and an administrator would."""
	from early_support.privacy import purge

	purge.dry_run(purge.new_run(purge.DRY).name)
	settings = frappe.get_doc(SETTINGS)
	settings.purge_enabled = 1
	settings.save()


@contextmanager
def not_in_test():
	"""Let Frappe write what it leaves out in tests, such as Versions."""
	frappe.flags.in_test = False
	try:
		yield
	finally:
		frappe.flags.in_test = True


def raw(doctype: str, **values) -> str:
	"""Write a row as Frappe's own code would, past its rules: only the columns that this version has."""
	columns = set(frappe.db.get_table_columns(doctype))
	doc = frappe.new_doc(doctype)
	doc.update({key: value for key, value in values.items() if key in columns})
	doc.name = values.get("name")
	if not doc.name:
		set_new_name(doc)
	doc.db_insert()
	return str(doc.name)


def attach(doctype: str, name: str, word: str) -> None:
	"""Attach a private file, whose name and content hold `word`, to a document."""
	frappe.get_doc(
		{
			"doctype": "File",
			"file_name": f"{word}-{name}.txt",
			"attached_to_doctype": doctype,
			"attached_to_name": name,
			"is_private": 1,
			"content": f"{word} {name}",
		}
	).insert()


def plant(doctype: str, name: str, word: str) -> None:
	"""Write `word` into every place beside a document where Frappe keeps something of it."""
	other = f"{doctype} {name} {word}"
	note = {"subject": other, "content": f"<p>{word}</p>"}
	raw("Version", ref_doctype=doctype, docname=name, data=json.dumps({"changed": [["x", "a", word]]}))
	comment = raw("Comment", comment_type="Comment", reference_doctype=doctype, reference_name=name, **note)
	mail = raw("Communication", reference_doctype=doctype, reference_name=name, **note)
	link = frappe.new_doc("Communication Link")
	link.update({"parenttype": "Communication", "parent": mail, "parentfield": "timeline_links"})
	link.update(
		{"link_doctype": doctype, "link_name": name, "link_title": word, "name": frappe.generate_hash()}
	)
	link.db_insert()
	for on, of in ((doctype, name), ("Comment", comment), ("Communication", mail)):
		# A name of its own for each, so that no content is shared.
		frappe.get_doc(
			{
				"doctype": "File",
				"file_name": f"{word}-{frappe.generate_hash(length=6)}.txt",
				"attached_to_doctype": on,
				"attached_to_name": of,
				"is_private": int(on != "Comment"),
				"content": f"{word} {on} {of}",
			}
		).insert()
	todo = raw("ToDo", reference_type=doctype, reference_name=name, description=word, status="Open")
	raw(
		"Version", ref_doctype="ToDo", docname=todo, data=json.dumps({"changed": [["description", "", word]]})
	)
	raw("Notification Log", document_type=doctype, document_name=name, subject=other, email_content=word)
	raw("Notification Log", subject=other, email_content=word)
	raw("Tag", name=f"{word}-{name}", description=word)
	raw(
		"Tag Link",
		document_type=doctype,
		document_name=name,
		title=word,
		tag=f"{word}-{name}",
		parent=f"{word}-{name}",
	)
	raw("DocShare", share_doctype=doctype, share_name=name, user="Administrator", owner=word)
	raw("View Log", reference_doctype=doctype, reference_name=name, viewed_by=word)
	raw("Activity Log", reference_doctype=doctype, reference_name=name, **note)
	raw("Activity Log", timeline_doctype=doctype, timeline_name=name, **note)
	raw("Access Log", export_from=doctype, reference_document=name, page=word)
	raw("Access Log", export_from=doctype, filters=json.dumps({"name": name, "x": word}))
	raw("Route History", route=f"Form/{doctype}/{name}?{word}", user="Administrator")
	raw("Deleted Document", deleted_doctype=doctype, deleted_name=name, data=word)
	raw("Deleted Document", deleted_doctype="Note", deleted_name="x", data=other)
	raw("Document Follow", ref_doctype=doctype, ref_docname=name, user="Administrator", owner=word)
	raw("Document Share Key", reference_doctype=doctype, reference_docname=name, key=word)
	raw("Error Log", error=other, method="x")
	raw("Error Log", error=word, method="x", reference_doctype=doctype, reference_name=name)
	old = raw("Error Log", error=word, method="a failed request without a name")
	frappe.db.set_value("Error Log", old, "creation", frappe.utils.add_days(now_datetime(), -31))
	queued = raw(
		"Email Queue", reference_doctype=doctype, reference_name=name, message=word, sender="a@b.test"
	)
	recipient = frappe.new_doc("Email Queue Recipient")
	recipient.update({"parenttype": "Email Queue", "parent": queued, "parentfield": "recipients"})
	recipient.update({"recipient": f"{word}@example.test", "name": frappe.generate_hash()})
	recipient.db_insert()
	raw("Email Queue", communication=mail, message=word, sender="a@b.test")
	raw("Prepared Report", report_name="Kuukausitilasto", filters=other, filter_values=word)
	raw("Reminder", reminder_doctype=doctype, reminder_docname=name, description=word, user="Administrator")
	raw("Workflow Action", reference_doctype=doctype, reference_name=name, workflow_state=word)
	raw("Integration Request", reference_doctype=doctype, reference_docname=name, data=word)
	raw("Milestone", reference_type=doctype, reference_name=name, value=word)
	raw("Energy Point Log", reference_doctype=doctype, reference_name=name, reason=word)
	raw("List Filter", reference_doctype=doctype, filter_name=word, filters=json.dumps([["name", "=", name]]))
	topic = raw("Discussion Topic", reference_doctype=doctype, reference_docname=name, title=word)
	raw("Discussion Reply", topic=topic, reply=word)
	plant_elsewhere(doctype, name, word)


def plant_elsewhere(doctype: str, name: str, word: str) -> None:
	"""Write `word` into places that are no records of their own, or that point to a document in an odd way."""
	other = f"{doctype} {name} {word}"
	event = raw("Event", subject=word, description=word)
	row = frappe.new_doc("Event Participants")
	row.update({"parenttype": "Event", "parent": event, "parentfield": "event_participants"})
	row.update({"reference_doctype": doctype, "reference_docname": name, "name": frappe.generate_hash()})
	row.db_insert()
	frappe.db.sql(
		"insert into `__global_search` (doctype, name, title, content) values (%s, %s, %s, %s)",
		(doctype, name, word, word),
	)
	deferred_insert("Error Log", [{"method": "x", "error": other}])
	frappe.db.sql(
		"replace into `__UserSettings` (user, doctype, data) values (%s, %s, %s)",
		(f"{word}@example.test", doctype, json.dumps({"List": {"filters": [[doctype, "name", "=", name]]}})),
	)


def texts_with(word: str) -> list[str]:
	"""Return every column of every table of the site in which `word` stands."""
	columns = frappe.db.sql(
		"""select table_name, column_name from information_schema.columns
		where table_schema = database() and data_type in
		('varchar', 'char', 'text', 'mediumtext', 'longtext', 'tinytext', 'json', 'blob', 'longblob', 'mediumblob')"""
	)
	tables: dict[str, list[str]] = {}
	for table, column in columns:
		tables.setdefault(table, []).append(column)
	found = []
	for table, of_table in tables.items():
		sums = ", ".join(f"sum(convert(`{column}` using utf8mb4) like %(word)s)" for column in of_table)
		row = frappe.db.sql(f"select {sums} from `{table}`", {"word": f"%{word}%"})[0]
		found += [f"{table}.{column}" for column, number in zip(of_table, row, strict=True) if number]
	return found


def files_with(word: str) -> list[str]:
	"""Return the files of the site whose name or content holds `word`."""
	found = []
	for folder in ("public", "private"):
		for path, _folders, names in os.walk(frappe.get_site_path(folder)):
			for name in names:
				full = os.path.join(path, name)
				with open(full, "rb") as file:
					if word in name or word.encode() in file.read():
						found.append(full)
	return found


def cached_with(word: str) -> list[str]:
	"""Return the keys of the site's cache under which `word` stands."""
	found = []
	for key in frappe.cache.keys(f"{frappe.conf.db_name}|*"):
		kind = frappe.cache.type(key)
		if kind == b"string":
			value = frappe.cache.execute_command("get", key)
		elif kind == b"hash":
			value = frappe.cache.execute_command("hgetall", key)
		elif kind == b"list":
			value = frappe.cache.execute_command("lrange", key, 0, -1)
		else:
			value = frappe.cache.execute_command("smembers", key)
		if word in str(key) or word in str(value):
			found.append(str(key))
	return found
