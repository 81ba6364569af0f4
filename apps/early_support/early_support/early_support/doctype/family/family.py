from early_support.access import contacts
from early_support.access.indexes import index_families
from early_support.casework.titles import tell_titles
from early_support.drafts import once
from early_support.workflow_guard.document import VersionedDocument


class Family(VersionedDocument):
	"""The children and guardians who belong together in the work, not in the population register."""

	def onload(self) -> None:
		tell_titles(self)

	def autoname(self) -> None:
		self.name = once.new_name(self)

	def before_validate(self) -> None:
		contacts.protect(self)

	def validate(self) -> None:
		contacts.check_lifting(self)

	def on_update(self) -> None:
		contacts.forget_removed(self)

	def on_change(self) -> None:
		contacts.forget_disclosed(self)


def on_doctype_update() -> None:
	"""Find the families that somebody has made, without reading the whole table."""
	index_families()
