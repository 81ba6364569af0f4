"""Brings a child's plan, with its workflow, to sites that were made before there were any."""

from early_support.setup.steps import add_casework


def execute() -> None:
	add_casework(workflows=("Child Plan",), plan_review_months=12)
