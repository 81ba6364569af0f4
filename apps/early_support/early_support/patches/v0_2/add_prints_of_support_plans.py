"""Stores the words of prints from the register of the social services on sites that were made before there were any."""

from early_support.prints.guardian_print import SOCIAL_NOTICE
from early_support.setup.steps import store_notices


def execute() -> None:
	store_notices(SOCIAL_NOTICE)
