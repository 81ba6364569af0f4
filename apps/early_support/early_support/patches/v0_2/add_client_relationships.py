"""Brings client relationships, with their workflow and the reasons why they end, to sites made before there were any."""

from early_support.setup.steps import add_casework


def execute() -> None:
	add_casework(workflows=("Client Relationship",), lists=("Ending Reason",))
