"""Parameters that several routes share, and what callers may send, with its limits."""

from datetime import date
from typing import Annotated, Final, TypeAlias
from uuid import UUID

import msgspec
from litestar.datastructures import CacheControlHeader
from litestar.params import PathParameter, QueryParameter
from msgspec import Meta

from backend.kernel import Line, composed
from backend.kernel.brought import takes_file
from modules.public_services.model.decisions import Value
from modules.public_services.model.life_events import PlanRequest
from modules.public_services.model.procedures import CODE, Audience, ChannelKind, CitizenText, Level

UPLOAD_BYTES_MAX: Final = 52 * 1024 * 1024
"""What the gateway lets through; larger files are imported at the shell."""
TakesFile: Final = takes_file("application/octet-stream", UPLOAD_BYTES_MAX)

REFERENCE: Final = CacheControlHeader(public=True, max_age=300, stale_while_revalidate=86400)
"""Of what a decision changes."""
FRESH: Final = CacheControlHeader(public=True, max_age=30, stale_while_revalidate=120)
"""Of lists and searches."""
IMMUTABLE: Final = CacheControlHeader(public=True, max_age=31_536_000, immutable=True)
"""Of versions."""

Code: TypeAlias = Annotated[
    str, PathParameter(pattern=CODE, max_length=40, description="Such as `1.001193`.")
]
VersionId: TypeAlias = Annotated[UUID, PathParameter(description="Id of a version.")]
ImportId: TypeAlias = Annotated[UUID, PathParameter(description="Id of an import.")]
Province: TypeAlias = Annotated[
    str | None,
    QueryParameter(name="province", pattern="^[0-9]{2}$", description="Whose times and fees."),
]
ProvincePath: TypeAlias = Annotated[
    str, PathParameter(pattern="^[0-9]{2}$", max_length=2, description="Code of a province.")
]
On: TypeAlias = Annotated[
    date | None, QueryParameter(name="on", description="The day asked about; today if left out.")
]
AtLevel: TypeAlias = Annotated[
    Level | None, QueryParameter(name="level", description="Who decides: province, commune, …")
]
InField: TypeAlias = Annotated[
    str | None, QueryParameter(name="field", max_length=60, description="As `/fields` names it.")
]
ForAudience: TypeAlias = Annotated[
    Audience | None, QueryParameter(name="audience", description="Whom it is for.")
]
ByChannel: TypeAlias = Annotated[
    ChannelKind | None, QueryParameter(name="channel", description="A way of applying.")
]
Free: TypeAlias = Annotated[
    bool | None, QueryParameter(name="free", description="Only what costs nothing, or the rest.")
]
OfLifeEvent: TypeAlias = Annotated[
    str | None,
    QueryParameter(
        name="life_event", pattern="^[a-z0-9-]{1,60}$", description="Only what it brings with it."
    ),
]
LifeEventName: TypeAlias = Annotated[
    str, PathParameter(pattern="^[a-z0-9-]{1,60}$", max_length=60, description="Its name.")
]
FactOn: TypeAlias = Annotated[
    str, QueryParameter(pattern=r"^((19|20|21)\d\d-\d\d-\d\d)?$", description="A day.")
]
Cursor: TypeAlias = Annotated[
    str | None,
    QueryParameter(max_length=1024, description="`next_cursor` of the page before."),
]
Limit: TypeAlias = Annotated[
    int, QueryParameter(ge=1, le=50, description="How many at most, on one page.")
]


class Words(msgspec.Struct, frozen=True, kw_only=True):
    """What an editor says about a procedure to citizens."""

    plain_title: Line
    summary: Annotated[str, Meta(max_length=2000)] = ""
    situations: Annotated[tuple[Line, ...], Meta(max_length=100)] = ()

    def __post_init__(self) -> None:
        composed(self)

    def text(self) -> CitizenText:
        return CitizenText(
            plain_title=self.plain_title, summary=self.summary, situations=self.situations
        )


class PlanDraft(msgspec.Struct, frozen=True, kw_only=True):
    """From which day a plan counts. Nothing of it is kept."""

    fact_on: date
    leave_out: Annotated[
        tuple[Annotated[str, Meta(pattern=CODE, max_length=40)], ...], Meta(max_length=50)
    ] = ()
    answers: Annotated[dict[str, Value], Meta(max_length=30)] = {}
    """By the name of a question of the plan; what is left out is not known."""

    def __post_init__(self) -> None:
        if not 1900 <= self.fact_on.year <= 2200:
            raise ValueError("fact_on")

    def request(self) -> PlanRequest:
        return PlanRequest(fact_on=self.fact_on, leave_out=self.leave_out, answers=self.answers)
