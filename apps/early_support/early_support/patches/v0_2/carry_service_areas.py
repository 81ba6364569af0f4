"""Writes the service area of its unit onto the casework of sites that were made before it was carried along."""

from early_support.access.denormalise import carry_area
from early_support.access.indexes import index_children
from early_support.access.policy import OF_UNITS


def execute() -> None:
	# The casework has its indexes by now, because its DocTypes have changed; that of children has not.
	index_children()
	for doctype in OF_UNITS:
		carry_area(doctype)
