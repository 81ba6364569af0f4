"""Commands of the app: `bench --site SITE early-support-demo load|remove|passwords`, `verify-access-log`, …"""

import json
import time
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path

import click
import frappe
from frappe.commands import get_site, pass_context


@click.group("early-support-demo")
def demo() -> None:
	"""A made-up municipality to try the app on. Everybody in it is made up."""


@demo.command("load")
@click.option(
	"--lang", "language", type=click.Choice(["fi", "sv", "en"]), default="fi", help="Language of the staff"
)
@pass_context
def load(context, language: str) -> None:
	"""Load the demo municipality, or complete an interrupted load."""
	from early_support.demo.load import load as load_demo

	with connected(context):
		plan = load_demo(language, progress=Printer())
		click.echo(
			f"100 % {len(plan.units)} units, {len(plan.families)} families, {len(plan.stories)} stories"
		)


@demo.command("remove")
@click.option("--added", is_flag=True, help="Remove also what people have added on top of the demo")
@pass_context
def remove(context, added: bool) -> None:
	"""Remove everything the demo has made, and nothing else."""
	from early_support.demo.remove import AddedByPeople
	from early_support.demo.remove import remove as remove_demo

	with connected(context):
		try:
			number = remove_demo(added=added, progress=Printer())
		except AddedByPeople as error:
			raise click.ClickException(str(error)) from None
		click.echo(f"100 % {number} records removed")


@demo.command("passwords")
@click.option("--administrator", is_flag=True, help="Give Administrator a new password too")
@pass_context
def passwords(context, administrator: bool) -> None:
	"""Give every demo user a new random password, and print those of the main users as JSON."""
	from early_support.demo import ledger
	from early_support.demo.passwords import renew

	with connected(context):
		rows = renew(ledger.plan(), administrator)
		frappe.db.commit()
	click.echo(json.dumps(rows, ensure_ascii=False, indent=1))


@click.command("verify-access-log")
@click.option(
	"--restored",
	metavar="REASON",
	help="The site was restored from a backup: note it, tell the Privacy Officers, and go on from there",
)
@pass_context
def verify_access_log(context, restored: str | None) -> None:
	"""Say whether the access log is as it was written; exit status 1 if a row was changed, removed or added."""
	from early_support.privacy import log_check

	with connected(context):
		if restored is not None:
			try:
				log_check.accept_restore(restored)
			except ValueError as error:
				raise click.ClickException(str(error)) from None
			frappe.db.commit()
		findings = log_check.verify(progress=lambda number: click.echo(f"{number} rows read", err=True))
		head = log_check.read_head()
	for finding in findings:
		click.echo(log_check.describe(finding))
	if findings:
		raise SystemExit(1)
	click.echo(f"The access log is whole: {head.entries} rows")


@click.command("early-support-purge")
@pass_context
def purge(context) -> None:
	"""Destroy what is due by the retention rules, at once: after a restore from a backup. Only where it is switched on."""
	from early_support.privacy.purge import purge as purge_now

	with connected(context):
		name = purge_now()
		if not name:
			raise click.ClickException(
				"Nothing was done: purging is switched off in Early Support Settings, or a purge is under way."
			)
		status, destroyed = frappe.db.get_value("Purge Run", name, ["status", "total_destroyed"])
		click.echo(f"{status}: {destroyed} documents destroyed, see Purge Run {name}")


@click.command("early-support-backup")
@click.option(
	"--backup-path",
	type=click.Path(file_okay=False),
	help="Folder for the files; else the site's private/backups",
)
@pass_context
def backup(context, backup_path: str | None) -> None:
	"""Back the site up with its files, encrypted; exit status 1, and nothing left in clear text, if that fails."""
	from frappe.utils.file_lock import LockTimeoutError

	from early_support.privacy.backup import BackupFailed, back_up

	with connected(context):
		try:
			made = back_up(backup_path)
		except BackupFailed as error:
			raise click.ClickException(f"No backup was made. {error}") from None
		except LockTimeoutError:
			raise click.ClickException("Another backup of this site is being made.") from None
	for path in made:
		click.echo(path)


@click.group("early-support-pack")
def pack() -> None:
	"""The configuration of a site as one file: forms, lists, workflows, words and reports, never a case."""


part_option = click.option(
	"--part",
	"parts",
	multiple=True,
	type=click.Choice(["Forms", "Lists", "Workflows", "Words", "Reports"], case_sensitive=False),
	help="Only this part; may be given several times",
)
form_option = click.option(
	"--form",
	"forms",
	multiple=True,
	help="Only this form, by its English name; may be given several times. Lists and reports belong to no form",
)
retire_option = click.option(
	"--retire", is_flag=True, help="Retire what the pack lacks; nothing is ever deleted by it"
)
file_argument = click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path))


@pack.command("export")
@click.argument("file", type=click.Path(dir_okay=False, path_type=Path))
@part_option
@form_option
@pass_context
def export_pack(context, file: Path, parts: Iterable[str], forms: Iterable[str]) -> None:
	"""Write the configuration of the site to FILE."""
	from early_support.forms import packs, packs_core

	with connected(context), _refusals_told():
		of_forms = packs.chosen(",".join(forms), packs.ALL_FORMS)
		made = packs.make_pack(parts or packs_core.PARTS, of_forms)
	file.write_text(packs_core.write(made), encoding="utf-8")
	for each in made.left_out:
		click.echo(f"left out: {each['kind']} {each['record']} ({each['because']})", err=True)
	click.echo(f"{made.number()} records, SHA-256 {made.hash}")


@pack.command("compare")
@file_argument
@part_option
@form_option
@retire_option
@pass_context
def compare_pack(context, file: Path, **wanted) -> None:
	"""Say what an import of FILE would do. Exit status 1 if something in it is refused."""
	with connected(context), _refusals_told():
		_name, shown = _brought(file, **wanted)
		_print_differences(shown)
		# Looked at only: nothing of it stays.
		frappe.db.rollback()
	if any(row["refused"] for row in shown["rows"]):
		raise SystemExit(1)


@pack.command("import")
@file_argument
@part_option
@form_option
@retire_option
@click.option("--yes", is_flag=True, help="Don't ask before")
@pass_context
def import_pack(context, file: Path, yes: bool, **wanted) -> None:
	"""Import FILE as a whole or not at all, after a dry run. Exit status 1, and nothing changed, if it is refused."""
	from early_support.forms import packs

	with connected(context), _refusals_told():
		name, shown = _brought(file, **wanted)
		_print_differences(shown)
		if any(row["refused"] for row in shown["rows"]):
			raise click.ClickException("Something is refused, so nothing was imported.")
		if "import" not in shown["actions"]:
			click.echo("There is nothing to import.")
			return
		frappe.db.commit()
		if not yes:
			click.confirm("Import this?", abort=True)
		_run_pack(name, "import", packs.IMPORT, packs.IMPORTED)


@pack.command("roll-back")
@click.argument("name")
@pass_context
def roll_back_pack(context, name: str) -> None:
	"""Put back what was there before the import of the Form Pack NAME."""
	from early_support.forms import packs

	with connected(context), _refusals_told():
		_run_pack(name, "roll_back", packs.ROLL_BACK, packs.ROLLED_BACK)


@contextmanager
def _refusals_told() -> Iterator[None]:
	try:
		yield
	except frappe.ValidationError as error:
		raise click.ClickException(frappe.utils.strip_html(str(error))) from None


def _brought(file: Path, parts: Iterable[str], forms: Iterable[str], retire: bool) -> tuple[str, dict]:
	from early_support.forms import packs

	name = packs.bring(file.stem, file.read_text(encoding="utf-8"))
	return name, packs.compare(name, ",".join(parts), int(retire), ",".join(forms))


def _print_differences(shown: dict) -> None:
	for row in shown["rows"]:
		click.echo(f"{row['step']}: {row['kind']} {row['record']}")
		for field in row["fields"]:
			click.echo(f"    {field['label']}: {field['before']!r} -> {field['after']!r}")
		if row["refused"]:
			click.echo(f"    REFUSED: {row['refused']}")
		if row["kept"]:
			click.echo(f"    not retired: {row['kept']}")


def _run_pack(name: str, wanted: str, action: str, done: str) -> None:
	from early_support.forms import packs

	printer = Printer()
	packs.ask_for(name, wanted, action)
	frappe.db.commit()
	packs.run(name, action, lambda number, total: printer(number / total, f"{number} of {total} records"))
	doc = frappe.get_doc(packs.DOCTYPE, name)
	if doc.status != done:
		raise click.ClickException(f"{doc.status}: {doc.failed_because}")
	click.echo(f"100 % {doc.status}: Form Pack {name}")


@click.command("early-support-pseudonym-key")
@click.argument("controller")
@pass_context
def pseudonym_key(context, controller: str) -> None:
	"""Draw a new key for the pseudonyms of a register controller, and store it in site_config.json as its next version."""
	from early_support.export import keys

	with connected(context):
		if not frappe.db.exists("Register Controller", controller):
			raise click.ClickException(f"There is no register controller {controller}.")
		version = keys.add(controller)
	click.echo(
		f"Version {version} of the pseudonym key of {controller} is in site_config.json. Keep a copy in the safe."
	)


commands = [demo, verify_access_log, purge, backup, pack, pseudonym_key]


@contextmanager
def connected(context) -> Iterator[None]:
	"""Connect to the site of the command as Administrator, and leave it again."""
	frappe.init(site=get_site(context))
	frappe.connect()
	frappe.set_user("Administrator")
	try:
		yield
	finally:
		frappe.destroy()


class Printer:
	"""Prints "NN % what" whenever it changes, at most four times a second."""

	def __init__(self) -> None:
		self.last = ("", 0.0)

	def __call__(self, share: float, what: str) -> None:
		line = f"{int(share * 99)} % {what}"
		shown, at = self.last
		if line != shown and time.monotonic() - at > 0.25:
			click.echo(line)
			self.last = (line, time.monotonic())
