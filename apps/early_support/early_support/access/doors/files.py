"""The file on a case document: at its own place on the disk, and downloaded only by those to whom the document is open."""

import os
from urllib.parse import unquote

import frappe
from frappe import _
from frappe.core.doctype.file.file import File
from frappe.utils import get_files_path, get_url

from early_support.access.doors import notes
from early_support.access.doors.tables import CASEWORK
from early_support.exceptions import EarlySupportError

LOCAL = ("/files/", "/private/files/")
REFERENCE = ("attached_to_doctype", "attached_to_name")


class FileOutOfPlace(EarlySupportError):
	"""The address of a file leads out of the folders of files, or a file on a case would go elsewhere."""


class CaseFile(File):
	"""A File that stays where it is, and whose download asks the same rules as the rest.

	Frappe copies what an address leads to before it looks where that is, its look takes the whole site for the place of
	files, and a download asks only the file itself, which knows the uploader. There is no hook before any of these.
	"""

	def before_insert(self) -> None:
		"""Prepare a new file as Frappe does, which reads and writes what its address says, once that is known to be one.

		Raises:
			FileOutOfPlace, notes.NotPrivate: see there.
			frappe.PermissionError: what lies there is not for the user.
		"""
		take_off_site(self)
		check_address(self)
		notes.keep_private(self)
		notes.refuse_borrowed(self)
		super().before_insert()

	def validate(self) -> None:
		"""Check the file as Frappe does, and that it stays what it was. Raises FileOutOfPlace."""
		check_address(self)
		check_stays(self)
		super().validate()

	def get_full_path(self) -> str:
		"""Return the place on the disk, of whatever row, however it came about. Raises FileOutOfPlace."""
		path = super().get_full_path()
		is_link = (self.file_url or "").startswith("http")
		# Of a link to the site itself, whatever the request calls that, Frappe makes a place on the disk.
		if is_link != path.startswith("http") or not (is_link or is_among_files(path)):
			_refuse()
		return path

	def is_downloadable(self) -> bool:
		"""Tell whether the session's user may download the file."""
		return (
			not leads_out(self)
			and not notes.is_closed(self, frappe.session.user)
			and super().is_downloadable()
		)


def take_off_site(file: File) -> None:
	"""Take the address of the site itself off that of a file, as Frappe does later: else a checked link becomes a place here."""
	site, address = get_url(), file.file_url or ""
	if address.startswith(site):
		file.file_url = address.removeprefix(site)


def check_address(file: File) -> None:
	"""Refuse an address that leads out of the folders of files, and on casework one elsewhere. Raises FileOutOfPlace."""
	elsewhere = file.file_url and not file.file_url.startswith(LOCAL)
	if leads_out(file) or (elsewhere and file.attached_to_doctype in CASEWORK):
		_refuse()


def leads_out(file: File) -> bool:
	"""Tell whether the address of a file leads out of the folders of files; a folder has none, and Frappe looks at none."""
	address = _decoded(file.file_url or "")
	if not address:
		return False
	# One place has one address: by another, a file would not be found to be somebody's.
	steps = {".", ".."}.intersection(address.replace("\\", "/").split("/"))
	if file.is_folder or steps or "\0" in address:
		return True
	if not address.startswith(LOCAL):
		return False
	top = get_files_path(is_private=address.startswith("/private/"))
	return not is_among_files(os.path.join(top, address.split("/files/", 1)[1]))


def check_stays(file: File) -> None:
	"""Refuse that a stored file gets another address, or that a file on a case document goes to another.

	Frappe itself gives a new address when a file becomes private, after this. Raises FileOutOfPlace.
	"""
	before = file.get_doc_before_save()
	if not before:
		return
	if unquote(file.file_url or "") != unquote(before.file_url or ""):
		_refuse()
	if before.attached_to_doctype in CASEWORK and any(file.get(key) != before.get(key) for key in REFERENCE):
		frappe.throw(
			_("A file on a case stays where it is. Attach it to the other document anew."), FileOutOfPlace
		)


def is_among_files(path: str) -> bool:
	"""Tell whether a path on the disk, links followed, lies in one of the site's two folders of files."""
	place = os.path.realpath(path)
	return any(
		place.startswith(os.path.realpath(get_files_path(is_private=private)) + os.sep)
		for private in (True, False)
	)


def _decoded(address: str) -> str:
	"""Return an address as whoever reads it last would: some decode it twice."""
	while (once := unquote(address)) != address:
		address = once
	return address


def _refuse() -> None:
	frappe.throw(_("This is not the address of a file here."), FileOutOfPlace)
