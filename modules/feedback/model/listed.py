"""The official list of categories, as the file that ships with the module writes it."""

from datetime import date
from typing import Final

import msgspec

from modules.feedback.model.categories import CategoryCode, DeadlineClass, Evidence, Version
from modules.feedback.model.places import Precision

SINCE: Final = date(2025, 7, 1)
"""The day from which the first version of each category counts: the two levels began then."""


class ListedGroup(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A group of categories."""

    code: CategoryCode
    vi: str
    en: str


class ListedCategory(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A category as it should stand today."""

    code: CategoryCode
    group: CategoryCode
    label_vi: str
    label_en: str
    help_vi: str
    help_en: str
    precision: Precision
    publishable: bool
    evidence: Evidence
    anonymous: bool = True
    deadline_class: DeadlineClass = "normal"
    emergency_notice_vi: str | None = None
    emergency_notice_en: str | None = None

    def is_said_by(self, version: Version) -> bool:
        """Tell whether that version says the same."""
        return all(
            getattr(self, name) == getattr(version, name)
            for name in self.__struct_fields__
            if name != "group"
        )


class List(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The file."""

    group: tuple[ListedGroup, ...]
    category: tuple[ListedCategory, ...]
