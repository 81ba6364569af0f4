"""The figures of design.md §7 that the access model, the guard and the forms have to keep."""

import contextvars
import json
from collections.abc import Callable
from contextlib import nullcontext
from dataclasses import dataclass, field
from itertools import count

import frappe

from benchmarks import clicks, export, forms, organisation, ratios
from benchmarks.desk import Desk, connected
from benchmarks.plain import hooks_off
from benchmarks.plans import Plan, explained, recorded

PAGE = 20
# A page may read so many rows for each row that it shows: the child of each, and what has to be passed over.
ROWS_READ = 50 * PAGE
ADMINISTRATOR = "Administrator"
READERS = {
	"educator of one unit": organisation.EDUCATOR.user,
	"counsellor": organisation.COUNSELLOR.user,
	"educator of an area": organisation.AREA_EDUCATOR.user,
}
# No filter; a state in which few of the concerns stand; the one in which most do.
STATES = {"": None, ", raised": "Raised", ", closed": "Closed"}
# What every list of the desk asks for (frappe.model.std_fields_list), and the fields of this list.
LIST_FIELDS = (
	"name",
	"owner",
	"creation",
	"modified",
	"modified_by",
	"_user_tags",
	"_comments",
	"_assign",
	"_liked_by",
	"docstatus",
	"idx",
	"zone",
	"child_name",
	"workflow_state",
)
# Three letters of a child's name.
TYPED = "ain"


@dataclass
class Result:
	"""What one run has found."""

	conditions: dict
	figures: list[ratios.Figure] = field(default_factory=list)
	plans: list[Plan] = field(default_factory=list)

	def as_dict(self) -> dict:
		"""Return all of it for JSON."""
		return {
			"conditions": self.conditions,
			"figures": [ratios.as_dict(figure) for figure in self.figures],
			"plans": [
				{"name": plan.name, "rows_read": plan.rows_read, "explain": plan.explain, "query": plan.query}
				for plan in self.plans
			],
		}


class Bench:
	"""The site, the desks of those who are measured, and what has been found so far."""

	def __init__(self, site: str, runs: int, say: Callable[[str], None]):
		self.site, self.runs, self.say = site, runs, say
		self.result = Result(self.on_site(self._conditions))
		self.desks = {user: Desk(site, user) for user in (ADMINISTRATOR, *READERS.values())}
		self.numbers = count(1)

	def on_site(self, work: Callable, *arguments):
		"""Run `work` on a connection of its own, as Administrator, and commit."""

		def connect_and_work():
			with connected(self.site):
				answer = work(*arguments)
				frappe.db.commit()
				return answer

		return contextvars.Context().run(connect_and_work)

	def compare(self, group: str, ways: dict[str, Callable[[], float]], other: str) -> None:
		"""Measure all ways in turn and note each against `other`."""
		times = ratios.alternating(ways, self.runs)
		for name, series in times.items():
			if name != other:
				self.result.figures.append(ratios.ratio(group, name, series, times[other]))

	def look_at_queries(self, name: str, ask: Callable[[], float], budget: int | None) -> None:
		"""Note the plans of the queries of one request, and judge what they read; `budget` None judges only scans."""
		with recorded() as queries:
			ask()
		found = self.on_site(lambda: [explained(name, query) for query in queries])
		for plan in found:
			self.say(plan.as_text())
		self.result.plans += found
		scans = [scan for plan in found for scan in plan.full_scans]
		figures = [ratios.Figure("full scans", name, len(scans), 0, "tables", ", ".join(scans))]
		if budget is not None:
			figures.append(ratios.Figure("rows read", name, sum(p.rows_read for p in found), budget, "rows"))
		self.result.figures += figures

	def _conditions(self) -> dict:
		counts = {
			doctype: frappe.db.sql(f"select count(*) from `tab{doctype}`")[0][0]
			for doctype in ("Concern", "Support Period", "Visit", "Child", "Family", "Day Care Unit")
		}
		return {
			"rows": counts,
			"runs": self.runs,
			"frappe": frappe.__version__,
			"mariadb": frappe.db.sql("select version()")[0][0],
		}


def measure(site: str, names: list[str], runs: int, say: Callable[[str], None]) -> Result:
	"""Measure the named groups of figures (all without a name), `runs` times each way."""
	bench = Bench(site, runs, say)
	say(json.dumps(bench.result.conditions, ensure_ascii=False))
	for name in names or GROUPS:
		GROUPS[name](bench)
	return bench.result


# Lists and searches: a restricted user against Administrator --------------------------------------------------------


def first_page(bench: Bench) -> None:
	"""The first page of the concern list, newest change first."""
	for label, state in STATES.items():
		ways = {
			name: _page(bench, user, state)
			for name, user in {**READERS, ADMINISTRATOR: ADMINISTRATOR}.items()
		}
		bench.compare(f"list{label}", ways, ADMINISTRATOR)
		for name, ask in ways.items():
			bench.look_at_queries(f"list{label}: {name}", ask, ROWS_READ)


def _page(bench: Bench, user: str, state: str | None) -> Callable[[], float]:
	def ask() -> float:
		took, answer = bench.desks[user].call(
			"frappe.desk.reportview.get",
			doctype="Concern",
			fields=[f"`tabConcern`.`{name}`" for name in LIST_FIELDS],
			filters=[["Concern", "workflow_state", "=", state]] if state else [],
			order_by="`tabConcern`.`modified` desc",
			start="0",
			page_length=str(PAGE),
			view="List",
			group_by="",
			with_comment_count="1",
		)
		if not answer["message"]:
			raise RuntimeError(f"{user} sees no row: there is nothing to measure")
		return took

	return ask


def number_of_rows(bench: Bench) -> None:
	"""The number beside the list. Everybody's counting stops at 1,001, in our function on the trial bench."""
	ways = {name: _count(bench, user) for name, user in {**READERS, ADMINISTRATOR: ADMINISTRATOR}.items()}
	bench.compare("count", ways, ADMINISTRATOR)
	for name, ask in ways.items():
		bench.look_at_queries(f"count: {name}", ask, None)


def _count(bench: Bench, user: str) -> Callable[[], float]:
	return lambda: bench.desks[user].call(
		"frappe.desk.reportview.get_count", doctype="Concern", filters=[], fields=[], distinct="false"
	)[0]


def link_search(bench: Bench) -> None:
	"""Three letters of a child's name, typed into a form."""
	user = organisation.EDUCATOR.user

	def search(who: str) -> Callable[[], float]:
		return lambda: bench.desks[who].call(
			"frappe.desk.search.search_link", doctype="Child", txt=TYPED, reference_doctype="Concern"
		)[0]

	ways = {"educator of one unit": search(user), ADMINISTRATOR: search(ADMINISTRATOR)}
	bench.compare("link search", ways, ADMINISTRATOR)
	bench.look_at_queries("link search: educator of one unit", ways["educator of one unit"], None)


# Forms: our hooks on against off -------------------------------------------------------------------------------------


def form(bench: Bench) -> None:
	"""Opening a concern."""
	name = bench.on_site(_own_concern, "Discussed")
	_compare_hooks(
		bench,
		"form",
		"load",
		lambda: bench.desks[organisation.EDUCATOR.user].call(
			"frappe.desk.form.load.getdoc", doctype="Concern", name=name
		)[0],
	)


def save(bench: Bench) -> None:
	"""Saving a changed concern from its form."""
	name = bench.on_site(_own_concern, "Discussed")
	desk = bench.desks[organisation.EDUCATOR.user]

	def work() -> float:
		doc = _reset(bench, name, "Discussed")
		doc["next_step"] = f"Sovittu aamurutiinista, {next(bench.numbers)}. kerran."
		return desk.call("frappe.desk.form.save.savedocs", doc=doc, action="Save")[0]

	_compare_hooks(bench, "save", "a changed concern", work)


def transition(bench: Bench) -> None:
	"""Pressing an action of the workflow."""
	name = bench.on_site(_own_concern, "Discussed")
	desk = bench.desks[organisation.EDUCATOR.user]

	def work() -> float:
		doc = _reset(bench, name, "Raised")
		return desk.call("frappe.model.workflow.apply_workflow", doc=doc, action="Record the talk")[0]

	_compare_hooks(bench, "transition", "record the talk", work)


def click(bench: Bench) -> None:
	"""Opening a concern by a click in its list, until it can be typed into, in a real browser."""
	bench.on_site(clicks.prepare)
	for name in bench.on_site(_own_concerns, clicks.ROWS):
		bench.on_site(_put, name, clicks.STATE)
	with clicks.ways(bench.site) as ways:
		bench.compare("click", ways, clicks.CORE)


def _compare_hooks(bench: Bench, group: str, name: str, work: Callable[[], float]) -> None:
	def way(hooks) -> Callable[[], float]:
		def run() -> float:
			with hooks():
				return work()

		return run

	off = way(lambda: hooks_off(bench.site, "Concern", "Concern Topic Item"))
	bench.compare(group, {name: way(nullcontext), "hooks off": off}, "hooks off")


def _own_concern(state: str) -> str:
	"""Return a concern of a child who is in the educator's unit today; it is put into the state."""
	name = _own_concerns(1)[0]
	_put(name, state)
	return name


def _own_concerns(most: int) -> list[str]:
	rows = frappe.db.sql(
		"""select concern.name from `tabConcern` concern join `tabChild` child on child.name = concern.child
		where child.unit = %(unit)s and concern.unit = %(unit)s and child.left_on is null
		order by concern.name limit %(most)s""",
		{"unit": organisation.EDUCATOR.where, "most": most},
	)
	return [name for (name,) in rows]


def _put(name: str, state: str) -> dict:
	# Past the workflow, for the next run of the same move on the benchmark's own site.
	frappe.db.sql(
		"update `tabConcern` set workflow_state = %s, discussed_on = raised_on, zone = '3' where name = %s",
		(state, name),
	)
	for doctype, column in (("Version", "docname"), ("Comment", "reference_name")):
		frappe.db.sql(f"delete from `tab{doctype}` where {column} = %s", (name,))
	frappe.clear_document_cache("Concern", name)
	return json.loads(frappe.as_json(frappe.get_doc("Concern", name).as_dict()))


def _reset(bench: Bench, name: str, state: str) -> dict:
	"""Put the concern back into the state, as it was before the run, and return it as the form holds it."""
	return bench.on_site(_put, name, state)


GROUPS: dict[str, Callable[[Bench], None]] = {
	"list": first_page,
	"count": number_of_rows,
	"search": link_search,
	"form": form,
	"save": save,
	"transition": transition,
	"click": click,
	"export": export.measure,
	"forms": forms.measure,
}
