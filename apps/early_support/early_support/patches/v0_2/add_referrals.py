"""Brings consents and referrals, with their lists and workflows, to sites that were made before there were any."""

from early_support.setup.steps import add_casework


def execute() -> None:
	add_casework(
		workflows=("Cooperation Consent", "Referral"),
		lists=("Shared Section", "Statutory Ground"),
		consent_months=12,
	)
