"""Finds what names or identifies a person in a text which must hold none. The core is pure: it imports no Frappe."""

from early_support.screening.core import Finding, KnownName, screen

__all__ = ["Finding", "KnownName", "screen"]
