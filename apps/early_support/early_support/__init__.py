"""Early-support family work in day care, for Finnish municipalities."""

__version__ = "0.1.0"
