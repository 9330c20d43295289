"""Systems of agencies that take work over: a power company's, a water company's, a city's own 311.

What they are given is what the agency's officers may read: what and where, and never who reported
it. Whoever provides a system is made with the asking transaction, and called outside of it.
"""

from collections.abc import Sequence
from datetime import datetime
from typing import Annotated, Protocol, TypeAlias
from uuid import UUID

import msgspec
from msgspec import Meta

from contracts.plural import plural

Reference = Annotated[str, Meta(min_length=1, max_length=200)]
"""The number that work has in a system: one number, one report."""


class AnsweredQuestion(msgspec.Struct, frozen=True, kw_only=True):
    """A question of the category, and the answer, with the reporter's own name masked."""

    label: str
    words: Sequence[str]


class WorkOrder(msgspec.Struct, frozen=True, kw_only=True):
    """Work that an agency is to do, as its system takes it. There is no member for a reporter."""

    ref: str
    """A second call with the same one is the same order, at most 36 printable ASCII characters."""
    agency_id: UUID
    code: str
    """How people call the report: `PA-7K3F9Q`."""
    cycle: int
    """1, and one more each time the report was reopened."""
    category: str
    """Code of the category, such as `roads`."""
    category_label: str
    text: str
    """Masked as the agency's officers read it."""
    answers: Sequence[AnsweredQuestion] = ()
    commune_code: str
    lat: float | None = None
    """WGS 84, degrees; the exact place, which is for the desk and this agency."""
    lon: float | None = None
    address: str | None = None
    photos: Sequence[str] = ()
    """Addresses, good for a day, of pictures without what the camera wrote into them."""
    due_at: datetime | None = None


class Recall(msgspec.Struct, frozen=True, kw_only=True):
    """Work that is not the agency's any more: taken back, merged or withdrawn."""

    ref: str
    """A second call with the same one is the same recall."""
    agency_id: UUID
    code: str
    reference: str
    """The number that the work has in the system."""
    at: datetime


class Acknowledged(msgspec.Struct, frozen=True, kw_only=True):
    """The system has it, under this number."""

    reference: Reference


class Taken(msgspec.Struct, frozen=True, kw_only=True):
    """The system has taken it and will give it a number: ask again by the token."""

    token: Reference


class Declined(msgspec.Struct, frozen=True, kw_only=True):
    """The system says that it will never take this as it is: a person has to look."""


class Unanswered(msgspec.Struct, frozen=True, kw_only=True):
    """Nobody can say whether the system has it: try again with the same `ref`."""


SystemAnswer: TypeAlias = Acknowledged | Taken | Declined | Unanswered


@plural
class AgencySystem(Protocol):
    """One system, which may serve several agencies. It answers, and never raises."""

    name: str
    """For ever: numbers are kept under it. Lower-case letters, digits and hyphens."""

    def serves(self, agency_id: UUID) -> bool:
        """Tell whether work of this agency goes to the system. Pure."""
        ...

    async def give(self, order: WorkOrder) -> SystemAnswer:
        """Hand the work over. The same `ref` again gives the same number, and no second work."""
        ...

    async def reference_of(self, token: str) -> SystemAnswer:
        """Return the number that what was taken has by now, or `Taken` while it has none."""
        ...

    async def recall(self, recall: Recall) -> SystemAnswer:
        """Say that nobody needs to do it any more. `Acknowledged` again when it knew."""
        ...
