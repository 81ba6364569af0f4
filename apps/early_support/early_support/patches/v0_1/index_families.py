"""Adds the index of families by their maker to sites that were made before there was one."""

from early_support.access.indexes import index_families


def execute() -> None:
	index_families()
