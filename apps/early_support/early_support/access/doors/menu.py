"""Takes out of a person's own menu what leads to a page that asks for closed functions."""

import frappe

# Points and charts, of which a municipality has none.
PROFILE = "/app/user-profile"


def extend_bootinfo(bootinfo) -> None:
	"""Hook: hide the profile. The own settings are another entry, and stay."""
	if not bootinfo.get("navbar_settings"):
		return
	settings = frappe.parse_json(frappe.as_json(bootinfo.navbar_settings))
	settings["settings_dropdown"] = [
		item for item in settings.get("settings_dropdown") or () if item.get("route") != PROFILE
	]
	bootinfo.navbar_settings = settings
