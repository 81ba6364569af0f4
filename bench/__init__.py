"""The trial bench: makes, starts, tests and stops a private Frappe with the app. Python's standard library only."""
