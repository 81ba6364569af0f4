"""Takes back what the installation added; Frappe itself removes the doctypes and their tables."""

from early_support.setup import steps


def before_uninstall() -> None:
	"""Undo the steps of the installation, last first."""
	for step in reversed(steps.STEPS):
		step.undo()
