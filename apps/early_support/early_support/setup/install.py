"""What an installation adds to a site besides the doctypes: a short list of steps that may be repeated."""

from early_support.setup import steps


def after_install() -> None:
	"""Seed what is shipped and still absent, and close Frappe's ways around the access rules."""
	for step in steps.STEPS:
		step.do()
