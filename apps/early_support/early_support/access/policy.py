"""Which doctypes are protected, and by what. Pure: imports no Frappe."""

# Casework that moves through a workflow.
GUARDED_DOCTYPES = ("Concern", "Consultation", "Support Period", "Visit")

# Everything with rows that only some of the staff may see.
PROTECTED_DOCTYPES = ("Family", "Child", *GUARDED_DOCTYPES)
