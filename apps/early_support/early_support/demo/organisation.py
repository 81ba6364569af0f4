"""The made-up municipality: its controllers, areas, units and staff. Pure: imports no Frappe.

The codes are of nobody: 999 and 99 stand for "unknown" in the area codes of Statistics Finland, and 2.999 is the branch
of object identifiers that is set aside for examples (Rec. ITU-T X.660). So nobody takes the demo's figures for real.
"""

from early_support.demo.model import Staff, Unit, address

MUNICIPALITY = "DEMO-KUNTA"
COUNTY = "DEMO-HVA"
OID = "2.999.1"
LARGE_UNIT_EDUCATORS = (
	9  # with a director and a special needs educator, the eleven of domain.md §1 (1000-1008)
)
EDUCATORS = 2
ADMINISTRATOR = "paakayttaja"


def controllers(data: dict) -> tuple[dict, ...]:
	"""Return the values of the register controllers: a municipality and its wellbeing services county."""
	return tuple(data["controllers"])


def areas(data: dict) -> tuple[dict, ...]:
	"""Return the values of the service areas, all of the municipality."""
	return tuple({**area, "controller": MUNICIPALITY} for area in data["areas"])


def units(data: dict) -> tuple[Unit, ...]:
	"""Return the day care units with who works in them."""
	area_codes = [area["code"] for area in data["areas"]]
	specialists = dict(zip(area_codes, data["area_staff"]["Special Needs Educator"], strict=True))
	return tuple(
		_unit(data, number, row, specialists[row["area"]])
		for number, row in enumerate(data["units"], start=1)
	)


def _unit(data: dict, number: int, row: dict, specialist: str) -> Unit:
	large = row.get("large", False)
	educators = tuple(address(name) for name in _educators(row["key"], large))
	counsellor = address(_responsible(data["counsellors"], row["code"]))
	return Unit(
		values={
			"code": row["code"],
			"title": row["title"],
			"service_area": row["area"],
			"unit_type": row.get("unit_type", "tm01 Day care centre"),
			"provider_type": "jm01 Municipal",
			"unit_oid": f"{OID}.{number}",
			"round_the_clock": row.get("round_the_clock", 0),
			"groups": data["large_groups"] if large else data["small_groups"],
		},
		liaisons=(("Day Care", educators[0]), ("Family Counselling", counsellor)),
		educators=educators,
		special_educator=address(specialist),
		director=address(_responsible(data["directors"], row["code"])),
		counsellor=counsellor,
	)


def _educators(key: str, large: bool) -> list[str]:
	"""Log-in names of a unit's educators; the first of the large unit is the one whom the demo introduces."""
	first = "opettaja" if large else f"opettaja.{key}"
	others = range(2, (LARGE_UNIT_EDUCATORS if large else EDUCATORS) + 1)
	return [first, *(f"opettaja{number}.{key}" for number in others)]


def _responsible(rows: list, code: str) -> str:
	return next(name for name, codes in rows if code in codes)


def staff(data: dict, names: list[str]) -> tuple[Staff, ...]:
	"""Return everybody who works in the demo, the administrator first: others are saved only while there is one.

	`names` are full names, one for each.
	"""
	rows = [(ADMINISTRATOR, "System Manager", ())]
	for unit in units(data):
		rows += [(user.split("@")[0], "Early Educator", (("unit", unit.code),)) for user in unit.educators]
	rows += [
		(name, "Unit Director", tuple(("unit", code) for code in codes)) for name, codes in data["directors"]
	]
	for role, people in data["area_staff"].items():
		rows += [
			(name, role, (("service_area", area["code"]),))
			for name, area in zip(people, data["areas"], strict=True)
		]
	rows += [(name, "Family Counsellor", (("controller", COUNTY),)) for name, _ in data["counsellors"]]
	rows += [(name, role, (("controller", controller),)) for name, role, controller in data["office"]]
	return tuple(
		Staff(address(local), full_name, role, places)
		for (local, role, places), full_name in zip(rows, names, strict=True)
	)
