"""Commands of the app: `bench --site SITE early-support-demo load|remove|passwords`, `verify-access-log`, …"""

import json
import time
from collections.abc import Iterator
from contextlib import contextmanager

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
@pass_context
def verify_access_log(context) -> None:
	"""Say whether the access log is as it was written; exit status 1 if a row was changed, removed or added."""
	from early_support.privacy import log_check

	with connected(context):
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


commands = [demo, verify_access_log, purge, backup]


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
