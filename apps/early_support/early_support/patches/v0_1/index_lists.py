"""Adds the indexes for lists to sites that were made before there were any: a doctype does so only when its JSON changes."""

from early_support.access.indexes import index_lists
from early_support.access.policy import GUARDED_DOCTYPES


def execute() -> None:
	for doctype in GUARDED_DOCTYPES:
		index_lists(doctype)
