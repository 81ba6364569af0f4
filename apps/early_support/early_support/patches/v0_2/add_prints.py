"""Stores the words of prints for guardians on sites that were made before there were any."""

from early_support.prints.guardian_print import NOTICE
from early_support.setup.steps import store_notices


def execute() -> None:
	store_notices(NOTICE)
