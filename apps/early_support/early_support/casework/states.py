"""States which the rules know by name, whatever else the Workflow holds."""

# A child has at most one period in one of these (support_period.py).
OPEN_PERIOD = ("Proposed", "Agreed", "Under Way", "Follow-up")

# The parents have agreed: visits may be planned and held.
AGREED_PERIOD = ("Agreed", "Under Way", "Follow-up")
