from early_support.workflow_guard.document import CaseRow


class NetworkAction(CaseRow):
	"""One thing agreed on in a network meeting: what, who is responsible, by when, and what came of it."""

	# A meeting is closed with what became of each.
	RULED = ("done_on", "outcome_note")
