"""Brings needs assessments, with their lists and workflow, to sites that were made before there were any."""

from early_support.setup.steps import add_casework


def execute() -> None:
	add_casework(workflows=("Needs Assessment",), lists=("Assessment Basis", "Assessment Outcome"))
