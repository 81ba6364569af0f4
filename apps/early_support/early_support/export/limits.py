"""How long a delivery waits for a receiver. Pure: imports no Frappe."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Limits:
	"""Seconds: until there is a connection, and for each answer after that."""

	connect: float = 20
	answer: float = 120


LIMITS = Limits()
