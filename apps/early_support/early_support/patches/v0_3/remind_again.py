"""Lets what no position was taken on remind anew, on sites that were made before it could."""

from early_support.setup.steps import store_new_settings


def execute() -> None:
	store_new_settings(remind_again_days=30)
