"""Makes the package of a Subject Access Export, lets it be fetched for seven days, and removes it."""

import io
import zipfile

import frappe
from frappe.utils import add_days, getdate

from early_support.access import policy
from early_support.prints.reader import speaking
from early_support.privacy import log, reads, subject_package, traces

EXPORT = "Subject Access Export"
DAYS = 7
LARGEST = 2**30
MINUTES = 30


def enqueue(export) -> None:
	"""Let a worker make the package of a Subject Access Export that was just inserted."""
	frappe.enqueue(
		"early_support.privacy.subject_access.make",
		queue="long",
		timeout=MINUTES * 60,
		enqueue_after_commit=True,
		name=export.name,
	)


def make(name: str) -> None:
	"""Make the package of the export `name` and attach it, private. Does nothing for one that is made already."""
	frappe.set_user("Administrator")
	export = frappe.get_doc(EXPORT, name)
	if export.status not in ("Queued", "Running"):
		return
	with speaking(export.language):
		try:
			_mark(export, status="Running", progress=10)
			# Before anybody can read it: what is not logged is not handed out (703/2023, 10 §).
			child = [("Child", export.child)]
			register = {"user": export.owner, "controller": export.controller}
			log.record(reads.EXPORT, child, policy.PRIVACY_OFFICER, EXPORT, **register)
			frappe.db.commit()
			records = subject_package.gather(export.child, export.controller)
			_mark(export, progress=50)
			warned = subject_package.has_protected_guardian(export.child)
			_attach(export, _zip(records, export.controller, warned=warned))
			_mark(
				export,
				status="Ready",
				progress=100,
				warning=int(warned),
				expires_on=add_days(getdate(), DAYS),
			)
		except Exception:
			frappe.db.rollback()
			export.reload()
			_mark(export, status="Failed", progress=0)
			raise


def remove_expired() -> None:
	"""Remove the packages whose time is over. Called by the scheduler once a day."""
	# Every user's: this is a job. Removed is only what can be made again.
	names = frappe.get_all(EXPORT, filters={"status": "Ready", "expires_on": ("<=", getdate())}, pluck="name")
	for name in names:
		traces.erase_files(_files(name))
		_mark(frappe.get_doc(EXPORT, name), status="Expired", progress=0)


def _files(name: str) -> list[tuple[str, str]]:
	attached = {"attached_to_doctype": EXPORT, "attached_to_name": name}
	return [("File", file) for file in frappe.get_all("File", filters=attached, pluck="name")]


def _zip(records: list[dict], controller: str, *, warned: bool) -> bytes:
	buffer = io.BytesIO()
	with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as package:
		page = subject_package.as_html(records, getdate(), controller, warned=warned)
		package.writestr("index.html", page)
		package.writestr("data.json", subject_package.as_json(records))
		for record in records:
			for file in record["files"]:
				content = frappe.get_doc("File", file["record"]).get_content()
				package.writestr(file["path"], content)
	return buffer.getvalue()


def _attach(export, content: bytes) -> None:
	before = frappe.local.conf.get("max_file_size")
	# The limit is for what people send in; this is the sum of many files.
	frappe.local.conf.max_file_size = LARGEST
	try:
		# Owned by Administrator, the user of the job: whoever owns a file may open it for ever (frappe.md §2).
		frappe.get_doc(
			{
				"doctype": "File",
				"file_name": f"{export.name}.zip",
				"attached_to_doctype": EXPORT,
				"attached_to_name": export.name,
				"is_private": 1,
				"content": content,
			}
		).insert()
	finally:
		frappe.local.conf.max_file_size = before


def _mark(export, **values) -> None:
	export.update(values)
	export.save()
	frappe.db.commit()
	export.notify_update()
