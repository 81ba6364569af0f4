"""Builds what a Report Run asks for: counts or reads, maps, protects, writes, describes. The one writer of this room.

Runs as a job. What it leaves is either a run with all of its files, or a failed one that says why, with none.
"""

import datetime
import errno
import json
import shutil
from collections.abc import Container, Iterator
from contextlib import contextmanager
from pathlib import Path

import frappe
from frappe import _

from early_support.export import (
	claims,
	connection,
	differences,
	explained,
	files,
	filters,
	hidden,
	keys,
	manifest,
	monthly,
	moved,
	profiles,
	queue,
	replica,
	sources,
	texts,
	writers,
)
from early_support.export.classes import PSEUDONYM
from early_support.export.columns import Column, Mapper
from early_support.export.crowd import Crowd, coarsen, combinations_of
from early_support.export.faults import NotNow, Refused
from early_support.export.manifest import AGGREGATE, Made
from early_support.export.period import Month, Period, check_over, check_zone, read_period, today_in_finland
from early_support.export.schedule_core import MOST_BUILDS
from early_support.export.spool import Spool
from early_support.export.suppress import REST, Published, roll_up
from early_support.prints.reader import speaking
from early_support.workflow_guard.system import system_change

RUN = "Report Run"
FOLDER = "report_runs"
HOURS = 4
# So many pages take half of what is left of the progress bar, as long as nobody knows how many there are.
PAGES = 8
# Delivered, or about to be: whoever receives the files holds the figures of these.
OUT = ("Approved", "Sent", "Acknowledged", "Superseded")


def enqueue(run) -> None:
	"""Let a worker build a run that was just inserted."""
	queue.put("early_support.export.build.build", run.name, HOURS * 3600)


def build(name: str) -> None:
	"""Build the run `name`. Does nothing for one that is not queued any more; may be repeated after a broken attempt."""
	frappe.set_user("Administrator")
	with claims.claim(name) as ours:
		if ours:
			_build(name)


def language_of(user: str | None) -> str:
	"""Return the language in which a job speaks to a user; the site's, if it is nobody in particular."""
	own = None if user == "Administrator" else frappe.db.get_value("User", user, "language")
	return own or frappe.db.get_default("lang") or frappe.local.lang


def _build(name: str) -> None:
	# Read with a lock: what a worker before this one has stored is seen.
	state = frappe.db.get_value(RUN, name, "workflow_state", for_update=True)
	frappe.db.commit()
	if state != "Queued":
		return
	run = frappe.get_doc(RUN, name)
	with speaking(language_of(run.requested_by)):
		if (run.attempts or 0) >= MOST_BUILDS:
			_fail(
				run,
				_(
					"The worker was broken off {0} times while it built this run. Ask whoever keeps the server, perhaps its memory is too small; then ask for the run again."
				).format(run.attempts),
			)
			return
		# Before it is tried: an attempt that kills the worker counts, too.
		_store(run, attempts=(run.attempts or 0) + 1)
		try:
			with replica.losses_named():
				made = _make(run)
		except NotNow as later:
			connection.restore()
			_try_again(run, texts.text_of(later))
		except Refused as refused:
			_fail(run, texts.text_of(refused))
		except OSError as error:
			_fail(
				run,
				_(
					"The files could not be written: {0}. Make room on the disk, and ask for the run again."
				).format(_said_of(error)),
			)
		except Exception:
			frappe.db.rollback()
			_fail(
				run, _("Something unforeseen went wrong. Whoever keeps the server finds it in the error log.")
			)
			raise
		else:
			_settle(run, "Built", **made)


def _try_again(run, why: str) -> None:
	"""Leave a run queued, for the next round to take it up (export/rounds.py), unless it was tried often enough."""
	remove_files(run.name)
	if run.attempts >= MOST_BUILDS:
		tried = _("It was tried {0} times. Ask whoever keeps the server; then ask for the run again.")
		_fail(run, f"{why} {tried.format(run.attempts)}")
	else:
		_store(run, failure=f"{why} {_('It is tried again within a few minutes.')}")
		# Else the bar of whoever asked would stay until the page is opened anew.
		_tell(run, 100)
		run.notify_update()


def folder_of(name: str) -> Path:
	"""Return the folder of the files of a run: private, and no File records, so that nobody owns a file for ever."""
	return Path(frappe.get_site_path("private", FOLDER, name)).resolve()


def made_files(run) -> list[tuple[Path, str]]:
	"""Return the files of a run with their hashes, the manifest last: who sees it knows that all are there."""
	said = json.loads(run.manifest)
	folder = folder_of(run.name)
	described = [(folder / each["name"], each["sha256"]) for each in said["files"]]
	last = folder / _manifest_name(run)
	return [*described, (last, files.sha256_of(last))] if last.is_file() else described


def check_files(run) -> None:
	"""Refuse a run whose files are gone, or are not what was built. Raises Refused."""
	for path, sha256 in made_files(run):
		files.check_hash(path, sha256)


def remove_files(name: str) -> None:
	"""Remove what there is of a run's files."""
	shutil.rmtree(folder_of(name), ignore_errors=True)


# Making ------------------------------------------------------------------------------------------------------------------


def _make(run) -> dict:
	"""Write the files of a run, and return what the run notes of them."""
	profile = frappe.get_doc("Report Profile", run.profile)
	period = read_period(profile.period_kind, run.period)
	check_zone(frappe.utils.get_system_timezone())
	check_over(period, today_in_finland())
	work = _Work(run, profile, period)
	# What an attempt before this one has left.
	remove_files(run.name)
	work.folder.mkdir(parents=True)
	return work.aggregate() if profile.level == AGGREGATE else work.rows()


class _Work:
	"""One attempt at a run."""

	def __init__(self, run, profile, period: Period) -> None:
		self.run, self.profile, self.period = run, profile, period
		self.columns = profiles.columns_of(profile)
		self.maps = profiles.maps_of(self.columns, profile.controller)
		self.filters = profiles.filters_of(profile)
		self.folder = folder_of(run.name)
		self.threshold = monthly.threshold()
		self.dictionary = manifest.dictionary(
			profile.profile_code,
			profile.version,
			self.columns,
			self.maps.values(),
			explained.codes_of(profile, self.columns),
		)

	def aggregate(self) -> dict:
		"""Write the figures, month by month: a longer period is never summed up, or its months could be taken off it."""
		months = self.period.months
		self.services = profiles.counts_services(self.columns)
		wanted = monthly.Filters(months[0], months[-1], (self.run.controller,), services=self.services)
		with replica.in_place_of_the_primary(self.run):
			counted = monthly.count(wanted, lambda share: _tell(self.run, 95 * share))
		published = roll_up(counted.published) if self.profile.roll_up else counted.published
		mapper, hidden_rows = Mapper(self.columns, self.maps), 0
		with self._writer() as writer:
			for row in filters.kept(monthly.rows_of(published, counted.units), self.filters):
				hidden_rows += row["peitetty"]
				day = datetime.date.fromisoformat(row["jakso_alku"])
				writer.write(mapper.row({**row, "day": day}))
			mapper.check()
		return {
			**self._noted(writer.rows, hidden=hidden_rows),
			"hidden_rows": hidden_rows,
			"findings": "\n".join(self._findings(counted)) or None,
			"figures": json.dumps(_figures(counted.published)),
		}

	def rows(self) -> dict:
		"""Write pseudonymised rows, after a first pass that counts who shares what others may know of them.

		They are read once: what the second pass needs lies in a spool.
		"""
		pseudonyms = None
		if any(column.transform == PSEUDONYM for column in self.columns):
			pseudonyms = keys.pseudonyms_of(self.run.controller)
		positions = profiles.indirect_positions(self.profile, self.columns)
		crowd = Crowd(self.threshold)
		with Spool(self.folder) as spool:
			reader = self._read(spool, crowd, [self.columns[position] for position in positions])
			becomes = crowd.coarsened()
			mapper = Mapper(self.columns, self.maps, pseudonyms)
			with self._writer() as writer:
				for number, page in enumerate(spool, start=1):
					columns = mapper.columns_of(reader.records(page, [each.source for each in self.columns]))
					writer.write_columns(coarsen(columns, positions, page.rows, becomes))
					_tell(self.run, 50 + 45 * number / spool.pages)
				mapper.check(self.threshold)
		return self._noted(
			writer.rows,
			key_version=pseudonyms.version if pseudonyms else None,
			coarsened=crowd.changed(becomes),
			left_out=crowd.left_out(becomes),
		)

	def _read(self, spool: Spool, crowd: Crowd, indirect: list[Column]) -> sources.Reader:
		"""Read the pages into the spool, and count who shares what others may know."""
		reader = sources.Reader(
			sources.Asked(
				self.run.controller,
				self.period.first,
				self.period.last,
				self.profile.event or None,
				tuple(dict.fromkeys(each.source for each in (*self.columns, *self.filters))),
			)
		)
		mapper = Mapper(indirect, self.maps)
		with sources.snapshot(self.run) as own:
			pages = (reader.kept(page, self.filters) for page in reader.pages(own))
			for number, page in enumerate((page for page in pages if page.rows), start=1):
				spool.add(page)
				records = reader.records(page, [each.source for each in indirect])
				known = combinations_of(mapper.columns_of(records), range(len(indirect)), page.rows)
				crowd.add_all(known, records["person"], records["people"])
				# Nobody knows how many there are: each few are half of what is left.
				_tell(self.run, 50 - 50 / 2 ** (number / PAGES))
		mapper.check(self.threshold)
		return reader

	@contextmanager
	def _writer(self) -> Iterator[writers.Writer]:
		"""Give the writer of the data; its file is whole when the block ends, or not there."""
		profile = self.profile
		self.data = (
			self.folder / f"{_stem(self.run, profile, self.period)}.{writers.ENDINGS[profile.file_format]}"
		)
		with (
			files.whole(self.data) as part,
			writers.writer(
				profile.file_format,
				part,
				self.columns,
				profiles.dialect_of(profile),
				writers.code_book(self.dictionary),
			) as writer,
		):
			yield writer

	def _noted(self, rows: int, **counts) -> dict:
		"""Write what travels with the data, and return what the run notes of it."""
		described = self.folder / f"{_stem(self.run, self.profile, self.period)}.dictionary.json"
		manifest.write_json(described, self.dictionary)
		made_at = datetime.datetime.now(datetime.timezone.utc)
		made = Made(
			run=self.run.name,
			profile=self.profile.profile_code,
			version=self.profile.version,
			level=self.profile.level,
			controller=self.run.controller,
			period=self.period,
			columns=self.columns,
			maps=tuple(self.maps.values()),
			rows=rows,
			made_at=made_at,
			threshold=self.threshold,
			legal_basis=self.profile.legal_basis or "",
			filters=tuple(self.filters),
			replaces=self.run.replaces,
			file_format=self.profile.file_format,
			dialect=profiles.dialect_of(self.profile),
			**counts,
		)
		said = manifest.manifest(made, [self.data, described])
		manifest.write_json(self.folder / _manifest_name(self.run), said)
		return {
			"row_count": rows,
			"manifest": json.dumps(said, ensure_ascii=False, indent=1),
			"built_at": frappe.utils.now_datetime(),
			"failure": None,
			"notes": "\n".join(self._notes()) or None,
		}

	def _notes(self) -> list[str]:
		"""Return what people should know of the run before they send it on."""
		of_units = moved.note(self.run.controller, self.period, self._told_of_units())
		of_fields = []
		if self.profile.level != AGGREGATE:
			of_fields = hidden.notes(self.profile.event or None, self.columns, self.filters)
		return [*([of_units] if of_units else []), *of_fields]

	def _told_of_units(self) -> set[str]:
		"""Return what the rows tell of units, or are chosen by, as fields of the unit."""
		named = {each.source for each in (*self.columns, *self.filters)}
		return {moved.OF_FIGURES.get(name, name) for name in named}

	def _findings(self, counted: monthly.Counted) -> list[str]:
		"""Say what this run and the ones before it give away together; each thing once, by whichever of them."""
		earlier = _earlier(self.run, self.period, self.services)
		return [
			_finding(each, counted.units)
			for each in differences.compare(counted.cells, counted.published, earlier, self.threshold)
		]


# Names and notes -----------------------------------------------------------------------------------------------------------


def _said_of(error: OSError) -> str:
	# Of Parquet the library's own words stand in place of the system's.
	if error.errno in (errno.ENOSPC, errno.EDQUOT):
		return _("the disk is full")
	return error.strerror or str(error)


def _stem(run, profile, period: Period) -> str:
	return f"{profile.profile_code}-{run.controller}-{period.name}-{run.name}"


def _manifest_name(run) -> str:
	return f"{run.name}.manifest.json"


def _figures(published: list[Published]) -> list[list]:
	return [
		[str(row.group.month), row.group.event, row.unit, row.count, row.group.service, row.persons]
		for row in published
	]


def _earlier(run, period: Period, services: bool) -> list[differences.Earlier]:
	"""Return the figures of the runs of the same register controller that went out, as far as they are of these months.

	Without `services` those of services are left out: a run that does not count them says nothing of them.
	"""
	months = {str(month) for month in period.months}
	# Not filtered by permission: a job compares with all that went out, and shows none of it.
	runs = frappe.get_all(
		RUN,
		filters={"controller": run.controller, "level": AGGREGATE, "workflow_state": ("in", OUT)},
		fields=["figures"],
		order_by="built_at asc",
	)
	return [_read_figures(run.controller, row.figures, months, services) for row in runs]


def _read_figures(
	controller: str, figures: str | None, months: Container[str], services: bool
) -> differences.Earlier:
	"""Return what a run has noted of its figures, as far as it is of these months."""
	return {
		# Runs of before there were services have none, and those of before children were noted, no children.
		(monthly.Group(controller, Month.parse(month), event, *more[:1]), unit): (
			None if count is None else differences.Shown(count, *more[1:])
		)
		for month, event, unit, count, *more in json.loads(figures or "[]")
		if month in months and (services or more[:1] in ([], [monthly.ALL]))
	}


def uncompared(run) -> str | None:
	"""Return a run that went out since this one was asked for, and says something else of the same months; None if none does.

	When this run was built it was compared with what had gone out by then. Call it with the register controller's row
	locked, as whoever asks and whoever approves does: then nothing goes out between the two unseen.
	"""
	if run.level != AGGREGATE:
		return None
	# Not filtered by permission: of the other run only its name is told. Read with a lock: what somebody else has just
	# approved is seen, also by a transaction that began before.
	others = frappe.db.sql(
		"""
		select name, profile, period, figures from `tabReport Run`
		where controller = %s and level = %s and workflow_state in %s and approved_at >= %s and name != %s
		order by approved_at for update
		""",
		(run.controller, AGGREGATE, OUT, run.creation, run.name),
		as_dict=True,
	)
	for other in others:
		months = _months_of(run) & _months_of(other)
		services = _has_services(run) and _has_services(other)
		one, two = (_read_figures(run.controller, each.figures, months, services) for each in (run, other))
		if differences.differ(one, two):
			return other.name
	return None


def _months_of(run) -> set[str]:
	kind = frappe.db.get_value("Report Profile", run.profile, "period_kind")
	return {str(month) for month in read_period(kind, run.period).months}


def _has_services(run) -> bool:
	return bool(frappe.db.exists("Report Profile Column", {"parent": run.profile, "source": monthly.SERVICE}))


def _finding(each: differences.Finding, units: dict) -> str:
	if each.unit == REST:
		where = _("The hidden units together")
	else:
		where = units[each.unit].title if each.unit in units else _("Whole municipality")
	event = monthly.event_labels()[each.group.event]
	if each.group.service != monthly.ALL:
		event = f"{event}: {each.group.service}"
	if each.kind is differences.Kind.SMALL_CHANGE:
		return _("{0}, {1}, {2}: the figure has changed by less than {3}.").format(
			each.group.month, event, where, monthly.threshold()
		)
	return _("{0}, {1}: beside the run before, a hidden figure can be worked out.").format(
		each.group.month, event
	)


def _tell(run, percent: float) -> None:
	"""Move the progress bar of whoever asked for the run."""
	said = {"percent": percent, "title": _("Building the report"), "description": run.title}
	frappe.publish_realtime("progress", said, user=run.requested_by)


def _store(run, **values) -> None:
	# Safe: a job writes of a run that somebody had the right to ask for; no role writes these fields.
	with system_change():
		run.update(values)
		run.save(ignore_permissions=True)
	frappe.db.commit()


def _settle(run, state: str, **values) -> None:
	_store(run, **values, workflow_state=state)
	_tell(run, 100)
	run.notify_update()


def _fail(run, why: str) -> None:
	remove_files(run.name)
	run = frappe.get_doc(RUN, run.name)
	if run.workflow_state == "Queued":
		_settle(run, "Failed", failure=why)
