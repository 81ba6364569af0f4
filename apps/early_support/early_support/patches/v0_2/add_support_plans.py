"""Brings the plans of clients, with their workflows and reviews, to sites that were made before there were any."""

from early_support.setup.steps import add_casework


def execute() -> None:
	add_casework(workflows=("Support Plan", "Plan Review"), support_plan_review_months=3)
