"""What a demo site needs besides data: Finnish settings, no setup wizard, and staff who speak the chosen language."""

import frappe

from early_support.demo.model import DOMAIN

SETTINGS = {
	"app_name": "Varhainen tuki",
	"language": "fi",
	"country": "Finland",
	"time_zone": "Europe/Helsinki",
	"date_format": "dd.mm.yyyy",
	"time_format": "HH:mm",
	"number_format": "# ###,##",
	"first_day_of_the_week": "Monday",
	"enable_onboarding": 0,
}


def settle() -> None:
	"""Make a fresh site one of a Finnish municipality; a site whose administrator has set it up stays as it is."""
	if frappe.db.get_single_value("System Settings", "setup_complete"):
		return
	settings = frappe.get_doc("System Settings")
	settings.update(SETTINGS)
	settings.save()
	skip_setup_wizard()
	# Administrator reads English, whatever the language of the site.
	frappe.db.set_value("User", "Administrator", "language", "en")
	frappe.clear_cache()


def skip_setup_wizard() -> None:
	"""Mark the site as set up, as the wizard does at its end, so that everybody lands on the desk.

	Newer versions of Frappe ask each installed app instead of the system settings.
	"""
	frappe.db.set_single_value("System Settings", "setup_complete", 1)
	frappe.db.set_default("desktop:home_page", "workspace")
	if frappe.get_meta("Installed Application").has_field("is_setup_complete"):
		for name in frappe.get_all("Installed Application", pluck="name"):
			frappe.db.set_value("Installed Application", name, "is_setup_complete", 1)


def set_language(language: str) -> int:
	"""Let the demo staff use the desk in `language` (fi, sv or en). Returns how many users changed."""
	users = frappe.get_all(
		"User", filters={"name": ("like", f"%@{DOMAIN}"), "language": ("!=", language)}, pluck="name"
	)
	for user in users:
		# Not a save, which would look for a picture on the internet each time; a language needs no rule.
		frappe.db.set_value("User", user, "language", language)
		frappe.clear_cache(user=user)
	return len(users)
