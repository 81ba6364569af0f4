"""Run by `./es benchmark` with the bench's Python from its `sites/` folder: `python benchmarks fill|measure|once …`."""

import argparse
import json
import sys
from pathlib import Path

# Behind all else: the link `early_support` at the root must not stand in for the installed app.
sys.path.append(str(Path(__file__).resolve().parent.parent))

from benchmarks import export, figures, organisation, population, ratios
from benchmarks.desk import connected


def main() -> None:
	"""Fill the site, or measure on it and write the result as JSON."""
	parser = argparse.ArgumentParser(prog="benchmarks")
	commands = parser.add_subparsers(dest="command", required=True)
	fill = commands.add_parser("fill")
	measure = commands.add_parser("measure")
	once = commands.add_parser("once")
	for command in (fill, measure, once):
		command.add_argument("--site", required=True)
	fill.add_argument("--rows", type=int, required=True)
	measure.add_argument("--runs", type=int, required=True)
	measure.add_argument("--output", type=Path, required=True)
	measure.add_argument("names", nargs="*")
	once.add_argument("--year", type=int, required=True)
	once.add_argument("way")
	arguments = parser.parse_args()
	if arguments.command == "fill":
		with connected(arguments.site):
			organisation.make(population.units_of(arguments.rows))
			population.fill(arguments.rows, lambda share: print(f"{share} %", flush=True))
		return
	if arguments.command == "once":
		print(json.dumps(export.once(arguments.site, arguments.way, arguments.year)))
		return
	found = figures.measure(arguments.site, arguments.names, arguments.runs, print)
	arguments.output.write_text(json.dumps(found.as_dict(), ensure_ascii=False, indent=1) + "\n")
	print(f"\n{ratios.table(found.figures)}")


if __name__ == "__main__":
	main()
