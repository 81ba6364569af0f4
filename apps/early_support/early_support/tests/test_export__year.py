"""The figures and rows of a whole year, in the files that have arrived, are those of a count of its own.

That count is SQL written from docs/export.md, over the records as they were made up: another database, another language, and
nothing of export/.
"""

import datetime
import json
from pathlib import Path

import duckdb
import frappe
import pyarrow as pa
import pytest
from frappe.model.workflow import apply_workflow

from early_support.export import build, crowd, delivery, destinations, files, monthly
from early_support.export.suppress import Published
from early_support.tests import export_factories, export_years, factories
from early_support.tests.case_factories import acting
from early_support.tests.export_years import CONTROLLER

YEAR = "2025"
FIRST, LAST = datetime.date(2025, 1, 1), datetime.date(2025, 12, 31)
THRESHOLD = 5

# Each event by its day, with the days that it ends (negative ones do not count) and the source and outcome of rows.
HAPPENED = """
create view happened as
with concerns as (select c.*, zones.code as zone_code from "Concern" c left join zones on zones.zone = c.zone)
select 'huoli_otettu_esiin' as event, unit, child, raised_on as day, null::int as days, zone_code as zone, null as source,
	null as outcome, null as age
	from concerns where workflow_state != 'Draft'
union all select 'huoli_puheeksi', unit, child, discussed_on, discussed_on - observed_on, zone_code, null, null, null
	from concerns where workflow_state not in ('Draft', 'Raised')
union all select 'tapaaminen_ehdotettu', unit, child, meeting_proposed_on, null, zone_code, null, null, null
	from concerns where workflow_state not in ('Draft', 'Raised')
union all select 'tapaaminen_sovittu', unit, child, agreed_on, agreed_on - meeting_proposed_on, zone_code, null, null, null
	from concerns where workflow_state in ('Meeting Agreed', 'Urgent', 'Closed')
union all select 'kiireellinen', unit, child, urgent_on, null, zone_code, null, null, null from concerns
union all select 'konsultaatio_pyydetty', unit, null, requested_on::date, null, null, null, null, age_band from "Consultation"
union all select 'konsultaatio_vastattu', unit, null, answered_on::date, answered_on::date - requested_on::date, null, null,
	null, age_band from "Consultation"
union all select 'tukijakso_sovittu', unit, child, agreed_on, null, null, source, outcome, null
	from "Support Period" where workflow_state not in ('Proposed', 'Declined')
union all select 'tukijakso_paattynyt', unit, child, ended_on, ended_on - agreed_on, null, source, outcome, null
	from "Support Period" where workflow_state = 'Ended'
union all select 'tukijakso_peruttu', unit, child, withdrawn_on, null, null, source, outcome, null
	from "Support Period" where workflow_state = 'Withdrawn'
union all select case v.workflow_state when 'Held' then 'kaynti_pidetty' when 'Cancelled' then 'kaynti_peruttu'
		else 'kaynti_ei_saavuttu' end, v.unit, v.child, v.visit_date, null, null, p.source, null, null
	from "Visit" v join "Support Period" p on p.name = v.support_period where v.workflow_state != 'Planned'
"""

# By unit, and the municipality as the sum of its units.
COUNTED = """
create view counted as
with single as (
	select event, 'kaikki' as service, unit, month(day) as month, count(*) as lkm,
		case when event not like 'konsultaatio%' then count(distinct child) end as lapsia,
		sum(days) filter (days >= 0) as days, count(days) filter (days >= 0) as timed
	from happened where year(day) = 2025 group by event, unit, month(day)
	union all
	select event, 'kaikki', unit, month(g.month), sum(number),
		case when event not in ('neuvonta_annettu', 'konsultaatio_vastattu') then sum(children) end, sum(days), sum(timed)
	from "Guidance Count" g where year(month) = 2025 group by event, unit, month(g.month)
	union all
	select 'palvelu_kaytossa', s.service, p.unit, month(p.confirmed_on), count(*), count(distinct p.child), null, 0
	from "Child Plan" p join "Child Plan Service" s on s.parent = p.name
	where s.answer = 'In Use' and year(p.confirmed_on) = 2025
	group by s.service, p.unit, month(p.confirmed_on)
)
select event, service, coalesce(units.oid, 'kaikki') as place, month, sum(lkm)::int as lkm, sum(lapsia)::int as lapsia,
	case when sum(timed) > 0 then round_even(sum(days) / sum(timed), 0)::int end as mean
from single join units using (unit) group by grouping sets ((event, service, month, units.oid), (event, service, month))
"""

ROWS = """
create view wanted as
with ages as (select event, unit, day, days, zone, source, outcome, 1 as number,
		case when born is null then age when born > day then null else
			(select code from bands where date_diff('month', born, day) - (day(day) < day(born))::int between low and high) end as age
		from (select happened.*, "Child".birth_date as born from happened left join "Child" on "Child".name = happened.child)
		where year(day) = 2025
	union all select event, unit, month, null, null, source, outcome, number, age_band
		from "Guidance Count" where year(month) = 2025)
select '999' as kunta, '98' as hyvinvointialue, strftime(day, '%Y-%m') as kuukausi, provider as jarjestamismuoto,
	kind as toimintamuoto, oid as toimipaikka_oid, age as ikaryhma, event as tapahtumalaji, zone as vyohyke_luokka,
	source as lahde, outcome as lopputulos, case when days >= 0 then days end as kesto_pv, number as lkm
from ages join units using (unit)
"""
COLUMNS = (
	"kunta, hyvinvointialue, kuukausi, jarjestamismuoto, toimintamuoto, toimipaikka_oid, ikaryhma, tapahtumalaji, "
	"vyohyke_luokka, lahde, lopputulos, kesto_pv, lkm"
)


@pytest.fixture
def count(site, monkeypatch, tmp_path):
	"""Make the year; give the other database, with the records as they were made up, and what they come to."""
	export_factories.settle(monkeypatch, tmp_path, CONTROLLER)
	world = export_years.make(FIRST, LAST, most=700)
	with duckdb.connect() as connection:
		for doctype, rows in world.records.items():
			connection.register(doctype, pa.Table.from_pylist(rows))
		connection.execute("create table units (unit text, oid text, kind text, provider text)")
		for number, unit in enumerate(world.units):
			oid = f"1.2.246.562.10.{1000 + number}" if number else unit
			kinds = ("tm02", "jm02") if number % 2 else ("tm01", "jm01")
			connection.execute("insert into units values (?, ?, ?, ?)", [unit, oid, *kinds])
		connection.execute(
			"create table zones as select * from (values ('1', '1'), ('2', '2'), ('3', '2'), ('4', '3'),"
			" ('5', '3'), ('6', '4'), ('7', '4')) zones(zone, code)"
		)
		connection.execute(
			"create table bands as select * from (values ('0-2', 0, 35), ('3-4', 36, 59), ('5-6', 60, 83),"
			" ('7-8', 84, 107)) bands(code, low, high)"
		)
		for view in (HAPPENED, COUNTED, ROWS):
			connection.execute(view)
		yield connection


@pytest.fixture
def delivered(count, monkeypatch, tmp_path):
	"""Give what brings the year by a profile like a shipped one to a folder, as people do it, into the table `file`."""
	target = tmp_path / "target"
	target.mkdir()
	monkeypatch.setitem(frappe.local.conf, destinations.FOLDERS, {"raportointi": str(target)})
	officer, leader = (
		factories.make_staff(role, controller=CONTROLLER) for role in ("Reporting Officer", "Privacy Officer")
	)

	def deliver(of: str) -> dict:
		profile = export_years.make_profile(f"vuosi-{of}", of, period_kind="Year")
		where = {"kind": "Folder", "folder": "raportointi", "controller": CONTROLLER}
		factories.make_destination(profile, f"kansio-{of}", **where)
		with acting(officer):
			asked = {"profile": profile, "controller": CONTROLLER, "period": YEAR}
			name = frappe.get_doc({"doctype": build.RUN, **asked}).insert().name
		build.build(name)
		for user, action in ((officer, "Validate"), (leader, "Approve")):
			with acting(user):
				apply_workflow(frappe.get_doc(build.RUN, name), action)
		delivery.deliver(name)
		frappe.set_user("Administrator")
		assert frappe.db.get_value(build.RUN, name, ["workflow_state", "failure"]) == ("Sent", None)
		said = json.loads((target / f"{name}.manifest.json").read_text())
		data = target / said["files"][0]["name"]
		assert files.sha256_of(data) == said["files"][0]["sha256"]
		read(count, data)
		assert count.execute("select count(*) from file").fetchone() == (said["rows"],)
		return said

	return deliver


def read(count, data: Path) -> None:
	# A list of codes such as 999 stays text.
	count.execute(
		f"create or replace table file as select * from read_csv('{data}', delim=';', header=true, "
		"all_varchar=true)"
	)


def everything(cells, _threshold) -> list[Published]:
	"""Publish all cells and their totals, whatever they tell."""
	groups = {}
	for cell in cells:
		groups.setdefault(cell.group, []).append(cell)
	found = []
	for group, members in groups.items():
		for unit, several in [*((cell.unit, [cell]) for cell in members), (None, members)]:
			timed = sum(cell.timed for cell in several)
			persons = None if several[0].persons is None else sum(cell.persons for cell in several)
			mean = round(sum(cell.days for cell in several) / timed) if timed else None
			found.append(Published(group, unit, sum(cell.count for cell in several), persons, mean, False))
	return found


FIGURES = """
select tapahtumalaji, {service} as service, toimipaikka_oid, month(jakso_alku::date)::int as month, lkm::int as lkm,
	lapsia::int as lapsia {mean} from file
"""


def differences(count, one: str, two: str) -> list:
	return count.execute(f"({one} except all {two}) union all ({two} except all {one}) limit 5").fetchall()


@pytest.mark.parametrize(
	("profile", "service", "mean", "events"),
	[("kuukausitilasto-1", "'kaikki'", ", kesto_ka_pv::int", 14), ("palvelutilasto-1", "palvelu", "", 15)],
)
def test_the_figures_of_a_year_before_small_ones_are_hidden(  # noqa: PLR0913, PLR0917 what the case is
	count, delivered, monkeypatch, profile, service, mean, events
):
	monkeypatch.setattr(monthly, "suppress", everything)
	said = delivered(profile)
	shown = FIGURES.format(service=service, mean=mean)
	truth = f"select event, service, place, month, lkm, lapsia {mean and ', mean'} from counted"
	if events == 14:
		truth = f"{truth} where event != 'palvelu_kaytossa'"
	assert differences(count, shown, truth) == []
	counted = "select count(*), count(distinct event), count(distinct month) from counted where lkm > 0"
	[(rows, *different)] = count.execute(counted).fetchall()
	assert different == [15, 12]
	assert said["rows"] > 500
	assert rows >= said["rows"]
	[beside] = count.execute(
		"select count(distinct tapahtumalaji), count(distinct jakso_loppu) from file"
	).fetchall()
	assert beside == (events, 12)


def test_the_figures_of_a_year_are_right_where_they_are_shown(count, delivered):
	said = delivered("kuukausitilasto-1")
	beside = (
		"select f.*, c.* exclude (event, service, place, month) from file f join counted c on f.tapahtumalaji = c.event "
		"and f.toimipaikka_oid = c.place and month(f.jakso_alku::date) = c.month where c.service = 'kaikki'"
	)
	count.execute(
		f"create table beside as {beside}".replace(
			"f.*",
			"f.tapahtumalaji, f.toimipaikka_oid as oid, f.jakso_alku, "
			"f.peitetty = '1' as hidden, f.lkm::int as said, f.lapsia::int as said_lapsia, f.kesto_ka_pv::int as said_mean",
		)
	)

	def number(where: str) -> int:
		return count.execute(f"select count(*) from beside where {where}").fetchone()[0]

	assert number("true") == said["rows"] > 500
	assert number("hidden") == said["hidden_rows"] > 50
	assert (
		number("hidden and (said, said_lapsia, said_mean) is distinct from (null::int, null::int, null::int)")
		== 0
	)
	assert number("not hidden and (said, said_lapsia) is distinct from (lkm, lapsia)") == 0
	assert number("said_mean != mean or (said_mean is not null and mean is null)") == 0
	assert number("said_mean is not null") > 20
	small = f"least(lkm, coalesce(lapsia, lkm)) < {THRESHOLD}"
	assert number(f"not hidden and {small} and oid != 'kaikki'") == 0
	# Nothing of the year is left out.
	missing = "select 1 from counted where service = 'kaikki' and event != 'palvelu_kaytossa'"
	assert count.execute(f"select count(*) from ({missing})").fetchone()[0] == said["rows"]


def test_the_rows_of_a_year(count, delivered, monkeypatch):
	"""Where nobody is hidden among others, each row is that of its record."""
	monkeypatch.setattr(build, "Crowd", lambda _k: crowd.Crowd(1))
	said = delivered("tapahtumat-1")
	shown = f"select {COLUMNS.replace('kesto_pv', 'kesto_pv::int').replace('lkm', 'lkm::int')} from file"
	assert differences(count, shown, f"select {COLUMNS} from wanted") == []
	assert (said["rows"], said["coarsened_rows"], said["left_out_rows"]) == (
		count.execute("select count(*) from wanted").fetchone()[0],
		0,
		0,
	)
	assert count.execute("select count(distinct tapahtuma_id || tapahtumalaji) from file").fetchone() == (
		said["rows"],
	)
	various = "select count(distinct lahde), count(distinct lopputulos), count(distinct vyohyke_luokka), count(distinct ikaryhma)"
	assert count.execute(f"{various} from file").fetchone() == (5, 4, 4, 4)


def test_the_rows_of_a_year_are_right_in_what_they_tell(count, delivered):
	"""Where some are made coarser or left out, what is told of the others is as often so as it was."""
	said = delivered("tapahtumat-1")
	known = "kuukausi, jarjestamismuoto, toimintamuoto, toimipaikka_oid, ikaryhma"
	# Others cannot be joined to a record: nothing that is not coarse is there more often than it happened.
	told = f"select {COLUMNS.replace('kesto_pv', 'kesto_pv::int').replace('lkm', 'lkm::int')} from file where '*' not in ({known})"
	assert count.execute(
		f"select count(*) from ({told} except all select {COLUMNS} from wanted)"
	).fetchone() == (0,)
	assert count.execute(f"select count(*) from ({told})").fetchone()[0] > 100
	[(coarse,)] = count.execute(f"select count(*) from file where '*' in ({known})").fetchall()
	assert coarse == said["coarsened_rows"]
	[(rows,)] = count.execute("select count(*) from wanted").fetchall()
	assert rows == said["rows"] + said["left_out_rows"]
	events = "select tapahtumalaji, lkm::int as lkm from {} group by all"
	assert not count.execute(f"({events.format('file')}) except ({events.format('wanted')})").fetchall()
