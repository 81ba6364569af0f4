from early_support.workflow_guard.document import CaseRow


class NetworkParticipant(CaseRow):
	"""Who takes part in a network meeting: a role, a name, and for whom he or she works."""

	# Of the family nobody works for a register controller; of everybody else it is asked.
	RULED = ("participant_name", "controller", "service", "organisation")
