"""Figures and their verdicts. Pure: imports no Frappe."""

from collections.abc import Callable, Iterable
from dataclasses import asdict, dataclass
from statistics import median, quantiles

RATIO = 1.3


@dataclass(frozen=True)
class Figure:
	"""One figure: a ratio of two medians (milliseconds beside it), seconds, or a number of rows. `budget` is the most allowed."""

	group: str
	name: str
	value: float
	budget: float
	unit: str = "×"
	detail: str = ""

	@property
	def met(self) -> bool:
		"""Whether the figure is within its budget, to the digits that are shown."""
		return round(self.value, 2) <= self.budget


def ratio(  # noqa: PLR0913, PLR0917 two series, and what is said of them
	group: str,
	name: str,
	ours: Iterable[float],
	other: Iterable[float],
	budget: float = RATIO,
	more: str = "",
) -> Figure:
	"""Return the figure of two series of times in seconds: the median of ours in medians of the other."""
	ours, other = sorted(ours), sorted(other)
	value = median(ours) / median(other)
	detail = f"{_milliseconds(ours)} against {_milliseconds(other)} ms"
	return Figure(group, name, value, budget, detail=f"{detail}; {more}" if more else detail)


def _milliseconds(times: list[float]) -> str:
	low, _middle, high = quantiles(times, n=4) if len(times) > 1 else times * 3
	return f"{median(times) * 1000:.1f} ({low * 1000:.1f}–{high * 1000:.1f})"


def alternating(ways: dict[str, Callable[[], float]], runs: int, warm_up: int = 3) -> dict[str, list[float]]:
	"""Run every way in turn, `runs` rounds after the warm-up, each round beginning with another; return their times."""
	names = list(ways)
	times: dict[str, list[float]] = {name: [] for name in names}
	for round_number in range(warm_up + runs):
		first = round_number % len(names)
		for name in names[first:] + names[:first]:
			took = ways[name]()
			if round_number >= warm_up:
				times[name].append(took)
	return times


def as_dict(figure: Figure) -> dict:
	"""Return a figure with its verdict, for JSON."""
	return asdict(figure) | {"met": figure.met}


def table(figures: Iterable[Figure]) -> str:
	"""Return the figures as lines: figure, value, budget, verdict, and from what."""
	rows = [("Figure", "Value", "Budget", "", "Median (quartiles)")]
	for figure in figures:
		is_time = figure.unit in ("×", "s")
		shown = f"{figure.value:,.{2 if is_time else 0}f} {figure.unit}"
		budget = f"{figure.budget:g} {figure.unit}" if is_time else f"{figure.budget:,.0f}"
		verdict = "met" if figure.met else "MISSED"
		rows.append((f"{figure.group}: {figure.name}", shown, f"≤ {budget}", verdict, figure.detail))
	widths = [max(len(row[column]) for row in rows) for column in range(4)]
	return "\n".join(
		"  ".join([*(cell.ljust(width) for cell, width in zip(row, widths, strict=False)), row[4]]).rstrip()
		for row in rows
	)
