"""Says on sites that exist for how long files with rows of single people are kept on the server."""

from early_support.setup.steps import store_new_settings


def execute() -> None:
	"""Store the default of the new setting."""
	store_new_settings(row_files_days=30)
