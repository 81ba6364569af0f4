"""What is due, and what keeps it. Pure: needs no site."""

import datetime

import pytest

from early_support.privacy.retention_core import Fate, Item, Rule, fingerprint, judge, last_day, rule_for

TODAY = datetime.date(2026, 11, 24)
LONG_AGO = datetime.date(2010, 1, 1)
YEAR = 12

RULES = tuple(Rule(doctype, 10 * YEAR) for doctype in ("Visit", "Support Period", "Concern", "Child"))


def day(text: str) -> datetime.date:
	return datetime.date.fromisoformat(text)


def family(name: str = "F", **changes) -> dict[str, Item]:
	"""A family with one child, concern, period and visit, all ended long ago. `changes`: fields of an item by its name."""
	tree = (
		Item("Family", name),
		Item("Child", f"{name}C", "K", "U", LONG_AGO, ("Family", name)),
		Item("Concern", f"{name}N", "K", "U", LONG_AGO, ("Child", f"{name}C")),
		Item("Support Period", f"{name}P", "K", "U", LONG_AGO, ("Concern", f"{name}N")),
		Item("Visit", f"{name}V", "K", "U", LONG_AGO, ("Support Period", f"{name}P")),
	)
	return {item.name: item for item in tree} | changes


def ended(item: Item, on: datetime.date | None) -> Item:
	return Item(item.doctype, item.name, item.controller, item.unit, on, item.belongs_to)


def fates(items, rules=RULES, held=(), today=TODAY) -> dict[str, Fate]:
	return {row.item.name: row.fate for row in judge(list(items), rules, held, today)}


@pytest.mark.parametrize(
	("ended_on", "months", "expected"),
	[
		("2020-02-29", 12, "2021-02-28"),
		("2020-02-29", 48, "2024-02-29"),
		("2023-02-28", 12, "2024-02-28"),
		("2025-08-31", 6, "2026-02-28"),
		("2025-12-31", 1, "2026-01-31"),
		("2025-12-01", 13, "2027-01-01"),
		("2016-11-24", 120, "2026-11-24"),
	],
)
def test_last_day(ended_on, months, expected):
	assert last_day(day(ended_on), months) == day(expected)


def test_the_last_day_still_counts():
	tree = family()
	tree["FV"] = ended(tree["FV"], day("2016-11-24"))
	assert fates(tree.values())["FV"] is Fate.RUNNING
	assert fates(tree.values(), today=day("2026-11-25"))["FV"] is Fate.DUE


def test_a_leap_day_ends_on_the_last_of_february():
	tree = family()
	tree["FV"] = ended(tree["FV"], day("2016-02-29"))
	assert fates(tree.values(), today=day("2026-02-28"))["FV"] is Fate.RUNNING
	assert fates(tree.values(), today=day("2026-03-01"))["FV"] is Fate.DUE


def test_without_rules_nothing_is_due():
	assert Fate.DUE not in fates(family().values(), rules=()).values()


def test_everything_goes_in_order_and_the_family_with_its_child():
	rows = judge(list(family().values()), RULES, (), TODAY)
	assert {row.fate for row in rows} == {Fate.DUE}
	assert [row.item.doctype for row in rows] == ["Visit", "Support Period", "Concern", "Child", "Family"]


def test_a_closed_concern_stays_as_long_as_its_period_is_open():
	tree = family()
	tree["FP"] = ended(tree["FP"], None)
	tree["FV"] = ended(tree["FV"], None)
	got = fates(tree.values())
	assert got == {
		"FV": Fate.OPEN,
		"FP": Fate.OPEN,
		"FN": Fate.NEEDED,
		"FC": Fate.NEEDED,
		"F": Fate.NEEDED,
	}


def test_what_has_no_rule_keeps_what_it_belongs_to():
	got = fates(family().values(), rules=[rule for rule in RULES if rule.doctype != "Visit"])
	assert got["FV"] is Fate.NO_RULE
	assert got["FP"] is got["FN"] is got["FC"] is got["F"] is Fate.NEEDED


def test_a_child_who_has_not_left_stays_while_its_casework_goes():
	tree = family()
	tree["FC"] = ended(tree["FC"], None)
	got = fates(tree.values())
	assert got == {"FV": Fate.DUE, "FP": Fate.DUE, "FN": Fate.DUE, "FC": Fate.OPEN, "F": Fate.NEEDED}


def test_a_sibling_keeps_the_family_but_not_the_child():
	tree = family()
	tree["S"] = Item("Child", "S", "K", "U", None, ("Family", "F"))
	got = fates(tree.values())
	assert (got["FC"], got["S"], got["F"]) == (Fate.DUE, Fate.OPEN, Fate.NEEDED)


def test_a_family_without_children_has_its_own_rule():
	lonely = [Item("Family", "F", ends_on=LONG_AGO)]
	assert fates(lonely)["F"] is Fate.NO_RULE
	assert fates(lonely, rules=[Rule("Family", 12)])["F"] is Fate.DUE


def test_that_rule_does_not_touch_a_family_with_a_child():
	tree = family()
	tree["F"] = ended(tree["F"], LONG_AGO)
	tree["FC"] = ended(tree["FC"], None)
	assert fates(tree.values(), rules=[*RULES, Rule("Family", 1)])["F"] is Fate.NEEDED


def test_a_hold_on_a_child_keeps_the_child_its_casework_and_its_family():
	tree = family()
	tree["S"] = Item("Child", "S", "K", "U", LONG_AGO, ("Family", "F"))
	got = fates(tree.values(), held={("Child", "FC", "K")})
	assert {got[name] for name in ("FC", "FN", "FP", "FV")} == {Fate.HELD}
	assert got["S"] is Fate.DUE
	assert got["F"] is Fate.NEEDED


def test_a_hold_on_a_family_keeps_every_child():
	tree = family()
	tree["S"] = Item("Child", "S", "K", "U", LONG_AGO, ("Family", "F"))
	assert set(fates(tree.values(), held={("Family", "F", None)}).values()) == {Fate.HELD}


def test_a_hold_in_one_register_keeps_nothing_in_another():
	"""The child and the family stay with what is held of them; the unit's own casework goes by its own rules."""
	tree = family()
	tree["R"] = Item("Client Relationship", "R", "COUNTY", "U", LONG_AGO, ("Child", "FC"))
	rules = (*RULES, Rule("Client Relationship", 10 * YEAR))
	of_county = fates(tree.values(), rules, held={("Child", "FC", "COUNTY")})
	assert of_county == {
		"R": Fate.HELD,
		"FN": Fate.DUE,
		"FP": Fate.DUE,
		"FV": Fate.DUE,
		"FC": Fate.NEEDED,
		"F": Fate.NEEDED,
	}
	of_unit = fates(tree.values(), rules, held={("Family", "F", "K")})
	assert of_unit["R"] is Fate.DUE
	assert {of_unit[name] for name in ("FC", "FN", "FP", "FV")} == {Fate.HELD}
	assert of_unit["F"] is Fate.NEEDED


def test_a_hold_on_one_family_leaves_another_alone():
	both = [*family("A").values(), *family("B").values()]
	got = fates(both, held={("Family", "A", "K")})
	assert {got[name] for name in got if name.startswith("B")} == {Fate.DUE}


def test_the_rule_of_a_controller_comes_before_the_one_for_all():
	rules = (Rule("Concern", 12), Rule("Concern", 120, "K"), Rule("Concern", 6, "L"))
	for order in (rules, rules[::-1]):
		assert rule_for(order, "Concern", "K").months == 120
		assert rule_for(order, "Concern", "M").months == 12
		assert rule_for(order, "Concern", None).months == 12
	assert rule_for(rules[1:], "Concern", "M") is None
	assert rule_for(rules, "Visit", "K") is None


def test_each_controller_keeps_as_long_as_it_says():
	items = [Item("Consultation", name, name, "U", day("2024-01-01")) for name in "KL"]
	got = fates(items, rules=[Rule("Consultation", 12, "K"), Rule("Consultation", 60, "L")])
	assert got == {"K": Fate.DUE, "L": Fate.RUNNING}


def test_fingerprint_tells_rules_apart_but_not_their_order():
	one, two = Rule("Concern", 12), Rule("Concern", 12, "K")
	assert fingerprint([one, two]) == fingerprint([two, one])
	assert len({fingerprint(rules) for rules in ([], [one], [two], [one, two], [Rule("Concern", 13)])}) == 5
