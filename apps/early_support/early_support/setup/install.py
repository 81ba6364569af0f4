"""What an installation adds to a site besides the doctypes: a short list of steps that may be repeated."""

from early_support.forms import seeder
from early_support.setup import steps
from early_support.setup.checks import check_policies


def after_install() -> None:
	"""Seed what is shipped and still absent, and close Frappe's ways around the access rules."""
	check_policies()
	for step in steps.STEPS:
		step.do()


def after_migrate() -> None:
	"""Refuse a site on which a case would be open, or closed, without anybody having decided so; seed what is new."""
	check_policies()
	seeder.seed_shipped()
