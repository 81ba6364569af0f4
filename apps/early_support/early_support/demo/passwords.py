"""New random passwords for the demo users, to be shown once."""

import secrets

import frappe
from frappe import _
from frappe.utils.password import update_password
from frappe.utils.password_strength import test_password_strength

from early_support.demo.model import DOMAIN, Plan
from early_support.naming import ALPHABET

GROUPS, GROUP_LENGTH = 4, 4  # 16 characters of 30: 78 bits


def readable_password() -> str:
	"""Return a random password of 78 bits that can be read aloud: four groups of four, no 0 O 1 I L U."""
	alphabet = ALPHABET.lower()
	return "-".join("".join(secrets.choice(alphabet) for _ in range(GROUP_LENGTH)) for _ in range(GROUPS))


def renew(plan: Plan | None, administrator: bool = False) -> list[dict]:
	"""Give every demo user a new password, and Administrator too if told so. Open sessions end.

	Returns rows of user, name, role, unit and password: Administrator first, then one user for each role, in the order
	in which a case passes through their hands. The other users' passwords are told to nobody.
	"""
	rows = []
	if administrator:
		row = {"user": "Administrator", "name": "Administrator", "role": "Administrator", "unit": ""}
		rows.append({**row, "password": _set("Administrator")})
	passwords = {
		user: _set(user)
		for user in frappe.get_all("User", filters={"name": ("like", f"%@{DOMAIN}")}, pluck="name")
	}
	for user in plan.introduced if plan else ():
		person = next(person for person in plan.staff if person.user == user)
		if user in passwords:
			row = {
				"user": user,
				"name": person.full_name,
				"role": _(person.role),
				"unit": _places(person.places),
			}
			rows.append({**row, "password": passwords[user]})
	return rows


def _set(user: str) -> str:
	password = readable_password()
	while not _is_strong(password):
		password = readable_password()
	update_password(user, password, logout_all_sessions=True)
	return password


def _is_strong(password: str) -> bool:
	"""Tell whether Frappe's password policy would take it, however strict the administrator has made it."""
	least = int(frappe.get_system_settings("minimum_password_score") or 0)
	return test_password_strength(password)["score"] >= least


def _places(places: tuple[tuple[str, str], ...]) -> str:
	doctypes = {"unit": "Day Care Unit", "service_area": "Service Area", "controller": "Register Controller"}
	return ", ".join(frappe.db.get_value(doctypes[field], code, "title") or code for field, code in places)
