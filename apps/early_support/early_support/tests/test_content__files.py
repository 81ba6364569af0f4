"""Files stay among the files: no address leads elsewhere, and a file on a case stays on it, private."""

import os
from contextlib import suppress

import frappe
import pytest

from early_support.access.doors import files as door
from early_support.access.doors.files import FileOutOfPlace
from early_support.access.doors.notes import NotPrivate
from early_support.tests import case_factories as case
from early_support.tests import factories

SECRET = "encryption_key"
OUTSIDE = (
	"/private/files/../../site_config.json",
	"/private/files/../../../common_site_config.json",
	"/private/files/../../logs/frappe.log",
	"/files/../../site_config.json",
	"/private/files/..%2f..%2fsite_config.json",
	"/private/files/%252e%252e/%252e%252e/site_config.json",
	"/private/files/..\\..\\site_config.json",
	"/private/files/",
)


@pytest.fixture
def concern(site):
	return case.make_concern(case.make_team())


@pytest.fixture
def made(site):
	"""Remove from the disk what a test has attached: a rollback brings back the tables only."""
	paths = []
	yield paths
	for path in paths:
		with suppress(FileNotFoundError):
			os.remove(path)


def attach(made: list, user: str, **values):
	with case.acting(user):
		file = frappe.get_doc(
			{
				"doctype": "File",
				"file_name": f"muistio{factories.number()}.txt",
				"content": f"Muistio {frappe.generate_hash(length=12)}",
				"is_private": 1,
				**values,
			}
		).insert()
	made.append(file.get_full_path())
	return file


def on(doc) -> dict:
	return {"attached_to_doctype": doc.doctype, "attached_to_name": doc.name}


def files_on_disk() -> set[str]:
	return {
		entry
		for private in (True, False)
		for entry in os.listdir(frappe.utils.get_files_path(is_private=private))
	}


@pytest.mark.parametrize("address", OUTSIDE)
@pytest.mark.parametrize("is_folder", [0, 1])
def test_no_file_is_made_of_what_lies_elsewhere(concern, api, address, is_folder):
	before = files_on_disk()
	values = {"file_name": "a.txt", "file_url": address, "is_private": 1, "is_folder": is_folder}
	for target in ({}, on(concern)):
		answer = api(concern.owner).post("/api/resource/File", json=values | target)
		assert answer.status_code in (403, 417), answer.text
	assert files_on_disk() == before
	assert not frappe.db.exists("File", {"file_url": address})


def test_a_link_on_the_disk_leads_nowhere_else(concern, made):
	link = frappe.utils.get_files_path("lainattu.json", is_private=1)
	os.symlink(os.path.abspath(frappe.get_site_path("site_config.json")), link)
	made.append(link)
	values = {"doctype": "File", "file_name": "a.json", "file_url": "/private/files/lainattu.json"}
	with case.acting(concern.owner), pytest.raises(door.FileOutOfPlace):
		frappe.get_doc(values | {"is_private": 1}).insert()


def test_a_row_that_leads_elsewhere_all_the_same_is_not_read(concern, api):
	"""As one that was stored before the check was there."""
	for address in (OUTSIDE[0], OUTSIDE[2]):
		file = frappe.get_doc({"doctype": "File", "file_name": "a.txt", "file_url": address, "is_private": 1})
		file.update({"name": frappe.generate_hash(length=10), "owner": concern.owner})
		file.db_insert()
		with pytest.raises(door.FileOutOfPlace):
			frappe.get_doc("File", file.name).get_content()
		with case.acting(concern.owner):
			assert not frappe.get_doc("File", file.name).is_downloadable()
		query = {"file_url": address}
		answer = api(concern.owner).get("/api/method/frappe.handler.download_file", query_string=query)
		assert answer.status_code in (403, 404, 417)
		assert SECRET not in answer.text


def test_a_stored_file_keeps_its_address(concern, made, api):
	first, second = (attach(made, concern.owner, **on(concern)) for _number in range(2))
	for address in (second.file_url, "https://example.test/a.txt", *OUTSIDE[:2]):
		answer = api(concern.owner).put(f"/api/resource/File/{first.name}", json={"file_url": address})
		assert answer.status_code in (403, 417), answer.text
	assert frappe.db.get_value("File", first.name, "file_url") == first.file_url


def test_a_file_on_a_case_stays_on_it_and_private(concern, made, api):
	file = attach(made, concern.owner, **on(concern))
	own = case.make_concern(case.make_team(unit=concern.unit), user=concern.owner)
	changes = (
		on(own),
		{"attached_to_doctype": None, "attached_to_name": None},
		{"attached_to_doctype": None, "attached_to_name": None, "is_private": 0},
		{"is_private": 0},
		{"is_folder": 1, "is_private": 0},
	)
	for user in (concern.owner, "Administrator"):
		for change in changes:
			answer = api(user).put(f"/api/resource/File/{file.name}", json=change)
			assert answer.status_code in (403, 417), (user, change, answer.text)
	stored = frappe.db.get_value("File", file.name, ["attached_to_name", "is_private", "is_folder"])
	assert stored == (concern.name, 1, 0)
	assert os.path.exists(file.get_full_path())


def test_a_public_file_on_a_case_is_refused_before_it_is_written(concern):
	before = files_on_disk()
	values = {
		"doctype": "File",
		"file_name": "julkinen.txt",
		"content": frappe.generate_hash(),
		"is_private": 0,
	}
	with pytest.raises(NotPrivate):
		frappe.get_doc(values | on(concern)).insert()
	assert files_on_disk() == before


def test_a_link_elsewhere_is_not_hung_on_a_case_later(concern, api):
	client = api(concern.owner)
	values = {"file_name": "a.txt", "file_url": "https://example.test/a.txt", "is_private": 1}
	answer = client.post("/api/resource/File", json=values)
	assert answer.status_code == 200, answer.text
	name = answer.json["data"]["name"]
	# 16 asks for the right to the file first.
	assert client.put(f"/api/resource/File/{name}", json=on(concern)).status_code in (403, 417)
	assert not frappe.db.get_value("File", name, "attached_to_name")


def test_a_case_holds_no_file_of_another_server(concern, api):
	for address in (
		"https://example.test/a.txt",
		"http://example.test/a.txt",
		"/api/method/logout",
		"//x/a.txt",
	):
		values = {"file_name": "a.txt", "file_url": address, "is_private": 1, **on(concern)}
		answer = api(concern.owner).post("/api/resource/File", json=values)
		assert answer.status_code in (403, 417), answer.text


@pytest.mark.parametrize("is_folder", [0, 1])
@pytest.mark.parametrize("attached", [True, False])
def test_nobody_borrows_the_address_of_a_private_file(concern, made, api, is_folder, attached):
	file = attach(made, concern.owner, **(on(concern) if attached else {}))
	stranger = case.make_team().educator
	values = {"file_name": "muistio.txt", "file_url": file.file_url, "is_private": 1, "is_folder": is_folder}
	answer = api(stranger).post("/api/resource/File", json=values)
	assert answer.status_code in (403, 417), answer.text
	assert api(stranger).get(file.file_url).status_code == 403


@pytest.mark.parametrize(
	"address", ["/private/files/./{0}", "/private/files/%2E/{0}", "{1}/private/files/{0}"]
)
def test_a_private_file_has_no_second_address(concern, made, api, address):
	file = attach(made, concern.owner, **on(concern))
	stranger = case.make_team().educator
	sent = address.format(os.path.basename(file.file_url), frappe.utils.get_url())
	values = {"file_name": "muistio.txt", "file_url": sent, "is_private": 1}
	for answer in (
		api(stranger).post("/api/resource/File", json=values),
		api(stranger).post("/api/method/upload_file", data=values),
	):
		# A link is stored as one, and is no way to what lies here; one to the site, by the name that it has, is none.
		assert answer.status_code in ((200, 403) if sent.startswith("http") else (417,)), answer.text
	for name in frappe.get_all("File", {"owner": stranger}, pluck="name"):
		with pytest.raises(FileOutOfPlace):
			frappe.get_doc("File", name).get_content()


def test_a_picture_is_no_copy_of_a_private_file(concern, made):
	"""Frappe makes a file of what is entered in a field for a picture, without asking for a right, and a public one."""
	file = attach(made, concern.owner, **on(concern))
	stranger, before = case.make_team().educator, files_on_disk()
	with case.acting(stranger):
		user = frappe.get_doc("User", stranger)
		user.user_image = file.file_url
		user.save(ignore_permissions=True)
	assert files_on_disk() == before
	assert not frappe.db.exists("File", {"owner": stranger})


def test_whoever_reads_a_file_may_use_it_again(concern, made):
	file = attach(made, concern.owner, **on(concern))
	with case.acting(concern.owner):
		again = frappe.get_doc({"doctype": "File", "file_url": file.file_url, "is_private": 1, **on(concern)})
		again.insert(ignore_permissions=True)
	assert again.get_content() == file.get_content()


def test_ordinary_files_are_made_changed_and_read(concern, made, api):
	file = attach(made, concern.owner, file_name="äidin muistio 100%.txt")
	answer = api(concern.owner).put(f"/api/resource/File/{file.name}", json={"file_name": "muistio.txt"})
	assert answer.status_code == 200, answer.text
	assert api(concern.owner).get(file.file_url).status_code == 200
	# Hung on the case later, it stays there.
	answer = api(concern.owner).put(f"/api/resource/File/{file.name}", json=on(concern))
	assert answer.status_code == 200, answer.text


def test_what_frappe_asks_of_a_file_is_asked_too(concern, made, api):
	file = attach(made, concern.owner)
	answer = api(concern.owner).put(f"/api/resource/File/{file.name}", json={"attached_to_doctype": "ToDo"})
	assert answer.status_code == 417, answer.text


def test_a_folder_has_no_address(concern):
	with case.acting(concern.owner):
		folder = {"doctype": "File", "file_name": f"kansio{factories.number()}", "is_folder": 1}
		assert frappe.get_doc({**folder, "folder": "Home"}).insert().is_folder
