"""What a page for a guardian consists of. Pure: imports no Frappe.

A page is made of plain texts: the layout (templates/guardian_print.html) escapes each.
"""

from typing import NamedTuple

# With so many columns an ordinary word is wider than its column.
WIDE = 5


class Table(NamedTuple):
	"""A table: the words above its columns, and its rows with a text for each. The first column names the row.

	`shares`: how much room each column gets, beside the others. Without them a long word, an e-mail address of somebody
	responsible, would push the last columns off the paper.
	"""

	columns: tuple[str, ...]
	rows: list[tuple[str, ...]]
	shares: tuple[int, ...]

	@property
	def widths(self) -> list[float]:
		"""The width of each column, in per cent of the table's."""
		return [round(100 * share / sum(self.shares), 2) for share in self.shares]

	@property
	def is_wide(self) -> bool:
		"""Whether there are so many columns that the writing has to be smaller."""
		return len(self.columns) >= WIDE


class Part(NamedTuple):
	"""A part of the page: texts, a table, or both, under a heading if the title does not say it already."""

	heading: str
	texts: tuple[str, ...] = ()
	table: Table | None = None


class Content(NamedTuple):
	"""What the document itself says: `facts` are (label, value) at the top; `said_first` stands above everything."""

	title: str
	facts: list[tuple[str, str]]
	parts: list[Part]
	said_first: tuple[str, ...] = ()


class Page(NamedTuple):
	"""The whole page: the content with what every page has around it."""

	language: str
	title: str
	place: str
	person: str
	facts: list[tuple[str, str]]
	parts: list[Part]
	said_first: tuple[str, ...]
	about_data: Part
	printed: str
	page_word: str


def filled(*facts: tuple[str, str | None]) -> list[tuple[str, str]]:
	"""Return the facts that have a value."""
	return [(label, value) for label, value in facts if value]


def without_empty_columns(table: Table) -> Table:
	"""Return the table without the columns in which no row has anything."""
	kept = [
		number for number in range(len(table.columns)) if not number or any(row[number] for row in table.rows)
	]
	return Table(
		tuple(table.columns[number] for number in kept),
		[tuple(row[number] for number in kept) for row in table.rows],
		tuple(table.shares[number] for number in kept),
	)
