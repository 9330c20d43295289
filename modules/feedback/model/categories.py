"""What a report can be about. A version never changes: a report keeps the one it came under."""

from collections.abc import Mapping, Sequence
from datetime import date
from typing import Annotated, Literal, TypeVar

import msgspec
from msgspec import Meta

from backend.kernel.locale import language
from modules.feedback.model.places import Precision
from modules.feedback.model.setup.questions import Question, ShownQuestion

_Words = TypeVar("_Words")

CategoryCode = Annotated[
    str, Meta(max_length=40, pattern="^[a-z][a-z0-9-]*$", examples=["street-lighting"])
]
"""Name of a category for programs; for ever."""

DeadlineClass = Literal["urgent", "priority", "normal", "complex"]
"""How long the handling may take: hours, or so many working days as the settings say."""

Evidence = Literal["photo", "text"]
"""What shows that a report was dealt with: a new photo, or words where there is nothing to see."""


class Version(msgspec.Struct, frozen=True, kw_only=True):
    """A category as it stands for some days, from `valid_from` to the day before `valid_to`."""

    code: str
    number: int
    group_code: str
    group_vi: str
    group_en: str
    label_vi: str
    label_en: str
    help_vi: str
    help_en: str
    precision: Precision
    publishable: bool
    anonymous: bool
    evidence: Evidence
    deadline_class: DeadlineClass
    emergency_notice_vi: str | None
    emergency_notice_en: str | None
    questions: tuple[Question, ...] = ()
    by_hand: bool = False
    """Whether an administrator wrote it, and not the list that ships."""
    valid_from: date
    valid_to: date | None

    @property
    def label(self) -> str:
        """The name, in the language of the request."""
        return _spoken(self.label_vi, self.label_en)

    @property
    def emergency_notice(self) -> str | None:
        """What to do first when somebody is in danger; None where nobody is."""
        return _spoken(self.emergency_notice_vi, self.emergency_notice_en)

    def may_be_public(self, wish: str) -> bool:
        """Tell whether everybody may see a report whose author wished so, or did not."""
        return self.publishable and wish == "public"

    def is_open(self, on: date) -> bool:
        """Tell whether one may report under this version on that day."""
        return self.valid_from <= on and (self.valid_to is None or on < self.valid_to)

    def card(self) -> "CategoryCard":
        """Return the category as it is shown beside a report."""
        return CategoryCard(code=self.code, label=self.label)

    def shown(self) -> "Category":
        """Return the category as it is offered to whoever wants to report."""
        return Category(
            code=self.code,
            label=self.label,
            help=_spoken(self.help_vi, self.help_en),
            group=CategoryCard(code=self.group_code, label=_spoken(self.group_vi, self.group_en)),
            precision=self.precision,
            publishable=self.publishable,
            anonymous=self.anonymous,
            evidence=self.evidence,
            deadline_class=self.deadline_class,
            emergency_notice=self.emergency_notice,
            questions=[question.shown() for question in self.questions],
        )


class CategoryCard(msgspec.Struct, frozen=True, kw_only=True):
    """A category, or a group of them, by code and name."""

    code: CategoryCode
    label: str


class Category(msgspec.Struct, frozen=True, kw_only=True):
    """What one can report, and what becomes of it."""

    code: CategoryCode
    label: str
    help: str
    group: CategoryCard
    precision: Precision
    """How exactly the public learns the place."""
    publishable: bool
    """Whether a report can be public at all; else only its reporter and officers read it."""
    anonymous: bool
    """Whether one may report it without an account."""
    evidence: Evidence
    deadline_class: DeadlineClass
    emergency_notice: str | None
    """To be shown before anything else: what to do when somebody is in danger."""
    questions: Sequence[ShownQuestion]
    """To be answered with the report, in `answers`."""


class Catalogue(msgspec.Struct, frozen=True, kw_only=True):
    """Every version of every category, in the order in which they are offered."""

    versions: Sequence[Version]
    numbered: Mapping[tuple[str, int], Version]

    @classmethod
    def of(cls, versions: Sequence[Version]) -> "Catalogue":
        """Make a catalogue of versions."""
        return cls(
            versions=versions,
            numbered={(version.code, version.number): version for version in versions},
        )

    def open(self, on: date) -> Sequence[Version]:
        """Return what one may report on that day."""
        return [version for version in self.versions if version.is_open(on)]

    def changed_on(self, today: date) -> date:
        """Return the last day on which anything was opened, renewed or closed."""
        days = [day for each in self.versions for day in (each.valid_from, each.valid_to) if day]
        return max((day for day in days if day <= today), default=today)

    def knows(self, code: str) -> bool:
        """Tell whether there is, or ever was, such a category."""
        return any(version.code == code for version in self.versions)


def _spoken(vi: _Words, en: _Words) -> _Words:
    return vi if language.get() == "vi" else en
