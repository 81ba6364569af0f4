"""What changes of forms take: to publish a suggestion, and a form pack of many changes. In seconds, for nothing is like them."""

from statistics import median

from benchmarks import form_pack, publish, ratios

# Set by us: who presses Publish waits for it; an import is a job whose progress is seen.
SECONDS_TO_PUBLISH, SECONDS_OF_A_JOB = 2, 60
MOST_RUNS = 5
CHANGES, CHANGES_A_RUN = 500, 25


def measure(bench) -> None:
	"""Publish suggestions, and import a pack of 500 changes once; where fewer than 20 runs are asked for, a smaller one."""
	runs = min(bench.runs, MOST_RUNS)
	for what, suggested in publish.SUGGESTED.items():
		took = sorted(bench.on_site(publish.times, suggested, runs))
		detail = f"{took[0]:.2f}–{took[-1]:.2f} s, {runs} runs"
		bench.result.figures.append(
			ratios.Figure("forms", f"published: {what}", median(took), SECONDS_TO_PUBLISH, "s", detail)
		)
	changes = min(CHANGES, CHANGES_A_RUN * bench.runs)
	for what, took in bench.on_site(form_pack.times, changes).items():
		bench.result.figures.append(
			ratios.Figure("forms", f"{changes} changes: {what}", took, SECONDS_OF_A_JOB, "s")
		)
