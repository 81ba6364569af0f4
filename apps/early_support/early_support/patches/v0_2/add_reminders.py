"""Brings the settings of the reminders to sites that were made before there were any."""

from early_support.setup.steps import store_new_settings


def execute() -> None:
	store_new_settings(reminders_enabled=1, remind_after_days=5)
