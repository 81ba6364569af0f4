"""Brings the workflow of suggested changes of forms to sites that were made before there were any."""

from early_support.setup.steps import add_casework


def execute() -> None:
	add_casework(workflows=("Form Change Request",))
