import frappe
from frappe import _
from frappe.model.document import Document
from frappe.utils import cint, formatdate, getdate, to_timedelta

from early_support.casework.clock import today
from early_support.casework.record import keep_recorded
from early_support.casework.rules import is_empty, unchanged
from early_support.casework.shapes import ShapedValues
from early_support.casework.titles import tell_titles
from early_support.drafts import once
from early_support.exceptions import GuardNotMet, TransitionNotAllowed
from early_support.screening.service import refuse_persons
from early_support.season import core, rights
from early_support.workflow_guard.document import OwnAttributes
from early_support.workflow_guard.system import may_act_anywhere

PLANNED, HELD, CANCELLED = "Planned", "Held", "Cancelled"
# What has been held stays held; what was cancelled may be planned again.
MOVES = {PLANNED: (HELD, CANCELLED), HELD: (), CANCELLED: (PLANNED,)}
# What is said where somebody else would convene.
NOT_CONVENED_BY = {
	rights.LIAISON: lambda: _("It is convened by the liaison person of the unit on the day care side."),
	rights.DIRECTOR: lambda: _("It is convened by the director of the unit."),
}


class UnitEvent(OwnAttributes, ShapedValues, Document):
	"""An event in the yearly calendar of a unit (domain.md §3, 1608-1627). It holds no person: figures only (§9.8)."""

	# What the kind of an event asks for before it is announced or held.
	RULED = (
		"from_time",
		"to_time",
		"theme",
		"theme_agreed_on",
		"activity",
		"convened_by",
		"announced_on",
		"families",
		"adults",
		"children",
	)
	RECORDED_FIELDS = ("title", "season", "copied_from")
	# What no longer changes once the event has been held or cancelled.
	SETTLED_FIELDS = (
		"event_date",
		"from_time",
		"to_time",
		"place",
		"theme",
		"theme_agreed_on",
		"activity",
		"convened_by",
		"announced_on",
	)
	FIGURES = ("families", "adults", "children")

	def autoname(self):
		self.name = once.new_name(self)

	def onload(self):
		tell_titles(self)

	def _set_defaults(self):
		# Frappe gives every empty time the present one, newer ones those of rows, too: nobody wrote it there.
		given = [(row, row.from_time, row.to_time) for row in (self, *self.slots)]
		super()._set_defaults()
		for row, from_time, to_time in given:
			row.update({"from_time": from_time, "to_time": to_time})

	def before_validate(self):
		# Before the screening, which compares with the names of the unit's children and would tell a stranger who is one.
		self.check_own_unit()
		refuse_persons(
			self,
			_(
				"The calendar of the unit names nobody, so this was not stored. Your text is still in the form: please take out what is marked and save again."
			),
		)
		keep_recorded(self)
		self.set_recorded()
		self.set_convener()

	def validate(self):
		self.check_state()
		self.check_kind()
		self.check_times()
		self.check_slots()
		self.check_figures()
		self.check_theme()
		self.check_activity()
		self.check_convener()
		self.check_once()
		self.check_comes_after()

	@property
	def rules(self) -> Document:
		"""What its kind asks for."""
		return frappe.get_cached_doc("Unit Event Kind", self.kind)

	def check_own_unit(self):
		"""An event is in the calendar of a unit in which its writer works, and stays there.

		Raises:
			GuardNotMet: the unit of a stored event would change.
			frappe.PermissionError: the user does not work in the unit.
		"""
		unchanged(self, "unit")
		if self.unit and not may_act_anywhere() and not rights.may_write(self.unit):
			raise frappe.PermissionError

	def set_recorded(self):
		self.require("event_date", "kind")
		if self.is_new():
			self.copied_from = self.flags.get("copied_from")
			self.state = self.state or PLANNED
		self.season = core.season_of(getdate(self.event_date))
		unit = frappe.db.get_value("Day Care Unit", self.unit, "title") if self.unit else ""
		self.title = f"{unit or ''} {formatdate(self.event_date)}".strip()

	def set_convener(self):
		"""Where one convenes and the unit has one of them, it is that one."""
		before = self.get_doc_before_save()
		if self.convened_by or self.state == CANCELLED or (before and before.state != PLANNED):
			return
		conveners = self.conveners()
		self.convened_by = conveners[0] if len(conveners) == 1 else None

	def check_state(self):
		"""Refuse a move that there is not, and a change of what is settled.

		Raises:
			TransitionNotAllowed: from planned to held or cancelled, and from cancelled to planned only.
			GuardNotMet: a settled field would change; or the event is held before its day has come.
		"""
		before = self.get_doc_before_save()
		was = before.state if before else PLANNED
		if self.state != was and self.state not in MOVES.get(was, ()):
			frappe.throw(
				_("An event that is “{0}” cannot become “{1}”.").format(_(was), _(self.state)),
				TransitionNotAllowed,
			)
		unchanged(self, "kind")
		if before and was != PLANNED and self.state == was:
			unchanged(self, *self.SETTLED_FIELDS)
		if self.state == HELD and getdate(self.event_date) > today():
			frappe.throw(_("The day of the event has not come yet."), GuardNotMet)

	def check_kind(self):
		"""A kind that is no longer offered is planned no more. Raises GuardNotMet."""
		if self.is_new() and self.rules.disabled:
			frappe.throw(_("This kind of event is no longer offered."), GuardNotMet)

	def check_times(self):
		"""An event ends after it begins. Raises GuardNotMet."""
		if self.to_time and not self.from_time:
			self.require("from_time")
		if self.from_time and self.to_time and to_timedelta(self.to_time) <= to_timedelta(self.from_time):
			frappe.throw(_("The event ends before it begins. Please check the times."), GuardNotMet)

	def check_slots(self):
		"""Times to book lie within the event, one after the other, and hold no more families than there is room for.

		Morning or afternoon coffees with times that parents book (domain.md §3, 1510-1515). Raises GuardNotMet.
		"""
		if self.slots and not self.rules.has_slots:
			frappe.throw(_("This kind of event has no times to book."), GuardNotMet)
		ends = None
		for slot in sorted(self.slots, key=lambda slot: to_timedelta(slot.from_time or "0:00")):
			if not (slot.from_time and slot.to_time):
				frappe.throw(_("Please give each time its beginning and its end."), GuardNotMet)
			first, last = to_timedelta(slot.from_time), to_timedelta(slot.to_time)
			if last <= first:
				frappe.throw(_("A time to book ends before it begins."), GuardNotMet)
			if ends is not None and first < ends:
				frappe.throw(_("Two times to book overlap."), GuardNotMet)
			if (self.from_time and first < to_timedelta(self.from_time)) or (
				self.to_time and last > to_timedelta(self.to_time)
			):
				frappe.throw(_("A time to book lies outside the event."), GuardNotMet)
			if not 0 <= cint(slot.booked) <= cint(slot.places):
				frappe.throw(_("More families are booked for a time than there is room for."), GuardNotMet)
			ends = last

	def check_figures(self):
		"""How many came is written down when the event has been held. Raises GuardNotMet."""
		given = [field for field in self.FIGURES if self.get(field)]
		if given and self.state != HELD:
			frappe.throw(_("How many came is written down after the event has been held."), GuardNotMet)
		if any(cint(self.get(field)) < 0 for field in given):
			frappe.throw(_("How many came cannot be less than none."), GuardNotMet)

	def check_theme(self):
		"""A house meeting has a theme agreed beforehand (domain.md §3, 1616-1622).

		Raises:
			GuardNotMet: it is told to the parents or held without one, or the theme was not agreed on before its day.
		"""
		agreed = self.theme_agreed_on and getdate(self.theme_agreed_on)
		if agreed and agreed > today():
			frappe.throw(_("The theme was agreed on today or earlier. Please check the day."), GuardNotMet)
		if not (self.rules.theme_required and self.is_settled()):
			return
		self.require("theme", "theme_agreed_on")
		if agreed >= getdate(self.event_date):
			frappe.throw(_("The theme is agreed on before the day of the event."), GuardNotMet)

	def check_activity(self):
		"""A family evening has an activity, not a lecture (domain.md §3, 1609-1613). Raises GuardNotMet."""
		if self.rules.activity_required and self.is_settled():
			self.require("activity")

	def check_convener(self):
		"""The liaison person of the day care side convenes a house meeting, the director a child welfare group.

		domain.md §3, 1616-1622; §1, 984-988. A unit without a director at the time waits for none.

		Raises:
			GuardNotMet: nobody does when it is told to the parents or held, or somebody else.
		"""
		convener = self.rules.convener
		if convener not in NOT_CONVENED_BY or self.state == CANCELLED:
			return
		conveners = self.conveners()
		if convener == rights.DIRECTOR and not conveners:
			return
		if self.is_settled():
			self.require("convened_by")
		before = self.get_doc_before_save()
		is_same = before and (before.convened_by, before.state) == (self.convened_by, self.state)
		if self.convened_by and not is_same and self.convened_by not in conveners:
			frappe.throw(NOT_CONVENED_BY[convener](), GuardNotMet)

	def check_once(self):
		"""Refuse a second one in the season of what comes once, also when two are made at the same time.

		One event list in a season (domain.md §3, 1608-1609). Raises GuardNotMet.
		"""
		if self.rules.only_once and self.state != CANCELLED and self.others(self.kind, lock=True):
			frappe.throw(_("There is one of these in the season already."), GuardNotMet)

	def check_comes_after(self):
		"""The event list is sent after the autumn planning day (domain.md §3, 1608-1609).

		Raises:
			GuardNotMet: it is held, or told to the parents, before what it comes after has been held; or planned for a day
				before it.
		"""
		earlier = self.rules.after_kind
		if not earlier or self.state == CANCELLED:
			return
		found = self.others(earlier)
		day = getdate(self.event_date)
		held = [other for other in found if other.state == HELD and getdate(other.event_date) <= day]
		too_late = found and all(getdate(other.event_date) > day for other in found)
		if too_late or (self.is_settled() and not held):
			title = frappe.db.get_value("Unit Event Kind", earlier, "title")
			frappe.throw(_("This comes after: {0}.").format(_(title)), GuardNotMet)

	def is_settled(self) -> bool:
		"""Tell whether it has been held, or told to the parents."""
		return self.state == HELD or (self.state == PLANNED and bool(self.announced_on))

	def conveners(self) -> list[str]:
		"""Return who may convene it, where its kind says so: on the day of the event."""
		who = {rights.LIAISON: rights.liaisons, rights.DIRECTOR: rights.directors}.get(self.rules.convener)
		return who(self.unit, getdate(self.event_date)) if who else []

	def others(self, kind: str, *, lock: bool = False) -> list[frappe._dict]:
		"""Return the other events of a kind in the season of the unit that are not cancelled."""
		if lock:
			frappe.db.get_value("Day Care Unit", self.unit, "name", for_update=True)
		# Of the event's own unit, in which the user works. A locking read sees what was stored meanwhile.
		return frappe.db.sql(
			f"""select name, event_date, state from `tabUnit Event`
			where unit = %(unit)s and season = %(season)s and kind = %(kind)s and state != %(cancelled)s
			and name != %(name)s {"for update" if lock else ""}""",
			{
				"unit": self.unit,
				"season": self.season,
				"kind": kind,
				"cancelled": CANCELLED,
				"name": self.name or "",
			},
			as_dict=True,
		)

	def require(self, *fieldnames: str) -> None:
		"""Refuse the event while one of the fields is empty. Raises GuardNotMet, with their labels."""
		missing = [fieldname for fieldname in fieldnames if is_empty(self, fieldname)]
		if missing:
			labels = ", ".join(_(self.meta.get_label(fieldname)) for fieldname in missing)
			frappe.throw(_("Please fill in first: {0}.").format(labels), GuardNotMet)


def on_doctype_update():
	"""Read the season of a unit by an index."""
	frappe.db.add_index("Unit Event", ["unit", "season", "kind"])
