"""How far a run is, as whoever asked for it sees it: the bar moves on, and is gone in the end, whatever the end is."""

import frappe
import pytest

from early_support.export import build, monthly, sources
from early_support.export.faults import Fault, NotNow
from early_support.tests import export_factories, factories
from early_support.tests.case_factories import acting
from early_support.tests.factories import CONTROLLER, row_of

FIGURES, ROWS = "kuukausitilasto-1", "tapahtumat-1"


@pytest.fixture
def told(site, monkeypatch, tmp_path) -> list[tuple[str, float]]:
	"""Collect who was told which percentage."""
	export_factories.settle(monkeypatch, tmp_path)
	said = []

	def publish(event, message=None, user=None, **_where):
		if event == "progress":
			said.append((user, message["percent"]))

	monkeypatch.setattr(frappe, "publish_realtime", publish)
	return said


def built(profile: str) -> tuple[str, str]:
	"""Let somebody ask for a run, and return its state and who asked."""
	unit, officer = factories.make_unit(), factories.make_staff("Reporting Officer", controller=CONTROLLER)
	for number in range(6):
		values = {"workflow_state": "Held", "visit_date": "2025-04-10", "number": 1}
		row_of("Visit", unit, child=f"K{number}", support_period=f"P{number}", **values)
	with acting(officer):
		asked = {"doctype": build.RUN, "profile": profile, "controller": CONTROLLER, "period": "2025-04"}
		name = frappe.get_doc(asked).insert().name
	build.build(name)
	return frappe.db.get_value(build.RUN, name, "workflow_state"), officer


@pytest.mark.parametrize(("profile", "steps"), [(FIGURES, 13), (ROWS, 2)])
def test_the_bar_moves_on_to_its_end(told, profile, steps):
	state, officer = built(profile)
	assert state == "Built"
	assert {user for user, _percent in told} == {officer}
	percents = [percent for _user, percent in told]
	assert percents == sorted(percents)
	assert len([percent for percent in percents if 0 < percent < 100]) >= steps
	assert percents[-1] == 100


@pytest.mark.parametrize(
	("error", "state"), [(NotNow(Fault.DATABASE_LOST, code=2013), "Queued"), (OSError(28, "full"), "Failed")]
)
@pytest.mark.parametrize(("profile", "module"), [(FIGURES, monthly), (ROWS, sources)])
def test_the_bar_goes_away_when_it_comes_to_nothing(told, monkeypatch, profile, module, error, state):  # noqa: PLR0913, PLR0917
	def breaks(*_args):
		raise error

	if module is monthly:
		monkeypatch.setattr(monthly, "_count_kept", breaks)
	else:
		monkeypatch.setattr(sources.Reader, "records", breaks)
	assert built(profile)[0] == state
	assert told[-1][1] == 100
