"""What the desk calls about report profiles and runs: each asks for the right first."""

import json
from collections import Counter

import frappe
from frappe import _

from early_support.exceptions import ExportRefused
from early_support.export import build, delivery, destinations, monthly, preview, rights, sources, texts
from early_support.export.faults import Refused
from early_support.export.manifest import AGGREGATE
from early_support.privacy import log, reads

PROFILE, CODE_MAP = "Report Profile", "Code Map"


@frappe.whitelist()
def fields(level: str, event: str | None = None) -> list[dict]:
	"""Return what the columns of a profile may be filled from, as a field with suggestions wants it.

	Each has a label of its own, since the desk finds the value by it: where two are called the same, the name tells them apart.

	Raises:
		frappe.PermissionError: without the right to read profiles.
	"""
	_require("read")
	offered = monthly.column_labels() if level == AGGREGATE else sources.offered_of(event or None)
	times = Counter(offered.values())
	return [
		{
			"label": _plain_label(label if times[label] == 1 else f"{label} ({name})"),
			"value": name,
			"description": name,
		}
		for name, label in offered.items()
	]


def _plain_label(label: str) -> str:
	"""Return a label without what would be markup: the desk writes it as it is, in the list and in the box."""
	return label.replace("<", "‹").replace(">", "›")


@frappe.whitelist(methods=["POST"])
def show_preview(profile: str) -> dict:
	"""Return the header and the first rows of a profile as it stands in the form, saved or not (export/preview.py).

	Raises:
		frappe.PermissionError: without the right to write profiles.
		ExportRefused: it cannot be built as it is.
	"""
	_require("write")
	sent = json.loads(profile)
	doc = frappe.new_doc(PROFILE)
	plain = {
		key: value for key, value in sent.items() if doc.meta.has_field(key) and not isinstance(value, list)
	}
	doc.update(plain)
	for table in ("columns", "filters"):
		known = {df.fieldname for df in frappe.get_meta(doc.meta.get_field(table).options).fields}
		for row in sent.get(table) or ():
			doc.append(table, {key: value for key, value in row.items() if key in known})
	try:
		return preview.preview(doc, preview.own_controller(doc, rights.controllers()))
	except Refused as refused:
		frappe.throw(texts.text_of(refused), ExportRefused)


@frappe.whitelist(methods=["POST"])
def publish(profile: str) -> None:
	"""Publish a draft: from then on it stays as it is. Raises frappe.PermissionError, ExportRefused."""
	doc = frappe.get_doc(PROFILE, profile)
	doc.check_permission("write")
	doc.publish()


@frappe.whitelist(methods=["POST"])
def retire(profile: str) -> None:
	"""Take a published version out of use. Raises frappe.PermissionError, ExportRefused."""
	doc = frappe.get_doc(PROFILE, profile)
	doc.check_permission("write")
	doc.retire()


@frappe.whitelist(methods=["POST"])
def new_version(profile: str) -> str:
	"""Make a draft with what a version holds, and return its name. Raises frappe.PermissionError."""
	doc = frappe.get_doc(PROFILE, profile)
	doc.check_permission("write")
	_require("create")
	return doc.new_version()


@frappe.whitelist(methods=["POST"])
def duplicate_code_map(code_map: str, controller: str) -> str:
	"""Make a register controller's own copy of a code map, and return its name. Raises frappe.PermissionError."""
	doc = frappe.get_doc(CODE_MAP, code_map)
	doc.check_permission("read")
	return doc.duplicate(controller)


@frappe.whitelist(methods=["POST"])
def deliver_again(run: str) -> None:
	"""Deliver an approved run whose delivery has failed. Raises frappe.PermissionError, ExportRefused."""
	doc = frappe.get_doc(build.RUN, run)
	doc.check_permission("write")
	if doc.workflow_state != "Approved" or not delivery.destination_of(doc):
		frappe.throw(_("Only an approved run with a destination is delivered."), ExportRefused)
	delivery.enqueue(doc, anew=True)


@frappe.whitelist(methods=["POST"])
def confirm_destination(destination: str) -> None:
	"""Put a destination into use that somebody else has changed. Raises frappe.PermissionError, ExportRefused."""
	doc = frappe.get_doc(destinations.DESTINATION, destination)
	doc.check_permission("write")
	doc.confirm()


@frappe.whitelist(methods=["POST"])
def make_key(destination: str) -> None:
	"""Draw a key pair for an SFTP destination. Raises frappe.PermissionError, ExportRefused."""
	doc = frappe.get_doc(destinations.DESTINATION, destination)
	doc.check_permission("write")
	doc.make_key()


@frappe.whitelist(methods=["GET"])
def download(run: str, file: str) -> None:
	"""Answer with a file of a run. It is written into the access log who got it.

	`file`: its name, as the manifest has it, or the manifest's own.

	Raises:
		frappe.PermissionError: the run, or its files, are not for the user.
		ExportRefused: the run has no such file, or it is not what was built.
	"""
	doc = frappe.get_doc(build.RUN, run)
	doc.check_permission("read")
	if not rights.may_fetch(doc):
		frappe.throw(
			_("The files of this run are for reporting officers and privacy officers."),
			frappe.PermissionError,
		)
	if not doc.manifest:
		frappe.throw(_("This run has no files."), ExportRefused)
	found = {path.name: path for path, _sha256 in build.made_files(doc)}
	if file not in found:
		frappe.throw(_("This run has no such file."), ExportRefused)
	try:
		build.check_files(doc)
	except Refused as refused:
		frappe.throw(texts.text_of(refused), ExportRefused)
	log.record(reads.EXPORT, [(build.RUN, doc.name)], detail=file)
	frappe.local.response.update(
		{
			"type": "download",
			"filename": file,
			"filecontent": found[file].read_bytes(),
			"content_type": "application/octet-stream",
		}
	)


def _require(right: str) -> None:
	"""Refuse whoever has no such right to profiles. Frappe of the trial bench throws another error than the others."""
	if not frappe.has_permission(PROFILE, right):
		raise frappe.PermissionError
