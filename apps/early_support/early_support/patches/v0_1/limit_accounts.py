"""Sets the limits of log-ins, and hides the keys of password links, on sites that were made before the app did so."""

from early_support.setup.steps import hide_reset_keys, limit_logins


def execute() -> None:
	limit_logins()
	hide_reset_keys()
