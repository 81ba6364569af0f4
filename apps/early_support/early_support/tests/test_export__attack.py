"""All runs that went out, held by one reader who solves what they show together: nothing under the threshold follows."""

import random
from collections.abc import Callable, Iterable

import pytest

from early_support.export.differences import compare, differ, figures_of
from early_support.export.suppress import REST, Cell, Published, roll_up, suppress
from early_support.tests.runs_attack import ALL, OTHERS, File, Truth, World, leaks

N = 5


def cells_of(world: World) -> list[Cell]:
	return [
		Cell(group, unit, truth.count, truth.persons)
		for group, units in world.items()
		for unit, truth in sorted(units.items())
	]


def file_of(world: World, published: Iterable[Published]) -> File:
	shown: dict = {}
	for row in published:
		key = {None: ALL, REST: OTHERS}.get(row.unit, row.unit)
		shown.setdefault(row.group, {})[key] = None if row.hidden else Truth(row.count, row.persons)
	return File(shown, world)


class Desk:
	"""The runs of a municipality: of each what the app does with it, up to whether it may go out."""

	def __init__(self, check: Callable = compare) -> None:
		self.check, self.out, self.files, self.refused = check, [], [], 0

	def report(self, world: World, *, rolled: bool = False) -> bool:
		"""Make a run of the world as it is. Whatever is found beside the earlier ones, it stays here."""
		cells = cells_of(world)
		published = suppress(cells, N)
		# As export/build.py gives them: what the earlier ones say of the same months.
		earlier = [{key: shown for key, shown in each.items() if key[0] in world} for each in self.out]
		if self.check(cells, published, earlier, N):
			self.refused += 1
			return False
		self.out.append(figures_of(published))
		self.files.append(file_of(world, roll_up(published) if rolled else published))
		return True


def month(**units: int | tuple[int, int]) -> World:
	"""Return a month of one event: of each unit the records, and the children if they are fewer."""
	return {
		"g": {
			unit: Truth(*figure) if isinstance(figure, tuple) else Truth(figure, figure)
			for unit, figure in units.items()
		}
	}


# The attack itself ---------------------------------------------------------------------------------------------------


def planted(*worlds: World, check: Callable = lambda *_values: []) -> list:
	"""Return the leaks of runs of some worlds, all of which go out."""
	desk = Desk(check)
	for world in worlds:
		desk.report(world)
	return leaks(desk.files, N)


def test_it_solves_a_margin():
	"""Without the figures that are hidden beside a small one."""
	world = month(a=2, b=9, c=12, d=30)
	shown = {"a": None, "b": Truth(9, 9), "c": Truth(12, 12), "d": Truth(30, 30), ALL: Truth(53, 53)}
	found = leaks([File({"g": shown}, world)], N)
	assert {(leak.unit, leak.least, leak.most) for leak in found} == {("a", 2, 2)}
	assert leaks([file_of(world, suppress(cells_of(world), N))], N) == []


def test_it_solves_for_whoever_knows_one_unit():
	world = month(a=2, b=9, c=12)
	shown = {"a": None, "b": None, "c": Truth(12, 12), ALL: Truth(23, 23)}
	assert {leak.insider for leak in leaks([File({"g": shown}, world)], N)} == {"b"}


SMALL_GREW = (month(a=2, b=9, c=12, d=30), month(a=12, b=9, c=12, d=30))
# One record more among the hidden ones, behind six more that are shown.
BEHIND_OTHERS = (month(a=2, b=9, c=12, d=30), month(a=3, b=9, c=12, d=36))
# Six visits more, of one child.
ONE_CHILD = (month(a=(20, 10), b=(30, 12)), month(a=(26, 11), b=(30, 12)))


@pytest.mark.parametrize("worlds", [SMALL_GREW, BEHIND_OTHERS, ONE_CHILD])
def test_a_difference_between_two_runs_is_found_and_stays_here(worlds):
	assert planted(*worlds)
	assert planted(*worlds, check=compare) == []


def test_a_rest_that_is_shown_as_one_gives_its_change_away():
	desk = Desk()
	assert desk.report(BEHIND_OTHERS[0], rolled=True)
	assert not desk.report(BEHIND_OTHERS[1], rolled=True)


def side_by_side(worlds: Iterable[World], refuses: Callable) -> list:
	"""Return the leaks of runs that are all built before one is approved; each is approved unless `refuses` it."""
	built = [(world, suppress(cells_of(world), N)) for world in worlds]
	out: list[tuple[World, list[Published]]] = []
	for world, published in built:
		assert compare(cells_of(world), published, [], N) == []
		if not any(refuses(figures_of(published), figures_of(other)) for _world, other in out):
			out.append((world, published))
	return leaks([file_of(world, published) for world, published in out], N)


@pytest.mark.parametrize("worlds", [SMALL_GREW, BEHIND_OTHERS, ONE_CHILD])
def test_runs_built_side_by_side_give_nothing_away(worlds):
	assert side_by_side(worlds, lambda *_figures: False)
	assert side_by_side(worlds, differ) == []


def test_runs_that_say_the_same_go_out_side_by_side():
	figures = [figures_of(suppress(cells_of(SMALL_GREW[0]), N)) for _run in range(2)]
	assert not differ(*figures)


# A year ------------------------------------------------------------------------------------------------------------------


def year(chance: random.Random) -> dict:
	"""Return twelve months of two events in up to seven units, some of them small."""
	units = [f"u{number}" for number in range(chance.randrange(3, 8))]
	return {
		(f"2025-{month:02d}", event): {
			unit: some(chance, chance.choice((3, 8, 40))) for unit in units if chance.random() < 0.8
		}
		for month in range(1, 13)
		for event in ("kaynti_pidetty", "huoli_otettu_esiin")
	}


def some(chance: random.Random, most: int) -> Truth:
	count = chance.randrange(1, most + 1)
	return Truth(count, chance.randrange(max(1, count // 2), count + 1))


def corrected(chance: random.Random, world: dict) -> dict:
	"""Return the year after some late entries: in a few months, in one or more units of each, a little or much."""
	after = {group: dict(units) for group, units in world.items()}
	for group in chance.sample(sorted(after), 6):
		units = after[group]
		for unit in chance.sample(sorted(units), min(len(units), chance.randrange(1, 4))):
			more = some(chance, chance.choice((2, 9)))
			units[unit] = Truth(units[unit].count + more.count, units[unit].persons + more.persons)
	return after


def months_of(world: dict, first: int, last: int) -> dict:
	return {group: units for group, units in world.items() if first <= int(group[0][-2:]) <= last}


@pytest.mark.parametrize("seed", range(8))
def test_a_year_of_runs_gives_no_small_figure_away(seed):
	"""Months by one profile and quarters and the year by others, each corrected, each whole or with the hidden ones as one."""
	chance = random.Random(seed)
	world, desk, reckless = year(chance), Desk(), Desk(lambda *_values: [])
	for _version in range(4):
		for months in (1, 3, 12):
			for first in range(1, 13, months):
				part, rolled = months_of(world, first, first + months - 1), chance.random() < 0.3
				desk.report(part, rolled=rolled)
				reckless.report(part, rolled=rolled)
		world = corrected(chance, world)
	assert leaks(desk.files, N) == []
	# The same runs, had nobody compared them: so the attack has something to find, and the year something to hide.
	assert desk.refused
	assert len(desk.files) > 17
	assert leaks(reckless.files, N)
