"""The yearly calendar of the units: what each arranges in a season, and what is still missing. No person is in it."""
