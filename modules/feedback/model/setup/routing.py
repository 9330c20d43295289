"""What another competence would do to the reports that nobody deals with yet."""

from collections.abc import Sequence
from datetime import date
from typing import Annotated, Literal
from uuid import UUID

import msgspec
from msgspec import Meta

from modules.feedback.model.places import CommuneCode
from modules.feedback.model.setup.categories import Candidate


class RoutingTrial(msgspec.Struct, frozen=True, kw_only=True):
    """A competence that is not kept. Competences themselves are set up in the register of
    agencies, with their dates: `/v1/territory/agencies`.
    """

    subject: Annotated[str, Meta(max_length=80, pattern=r"^feedback(\.[a-z][a-z0-9-]*)?$")]
    """`feedback.<category>`, `feedback.<group>` or `feedback`; the narrowest decides."""
    agency_id: UUID
    change: Literal["add", "remove"]
    communes: Annotated[tuple[CommuneCode, ...], Meta(max_length=200)] = ()
    """Where; everywhere when none is named."""
    on: date
    """The day that is looked at: competences have dates."""


class Rerouted(msgspec.Struct, frozen=True, kw_only=True):
    """Reports of one category in one commune that would go elsewhere."""

    category: str
    commune_code: str
    reports: int
    before: Sequence[Candidate]
    after: Sequence[Candidate]
    """Several: a person chooses; none: nobody is competent."""


class RoutingOutlook(msgspec.Struct, frozen=True, kw_only=True):
    """What a competence would do."""

    looked_at: int
    """Open reports that no agency has."""
    rerouted: Sequence[Rerouted]
