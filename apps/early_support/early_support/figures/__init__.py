"""Figures of a season in tables, with what is small hidden: read, count, protect, show. `table` and `protect` are pure."""
