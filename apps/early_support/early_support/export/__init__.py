"""Figures for the reporting systems: query, aggregate, suppress, write. The core (events, period, suppress, delimited) is pure."""
