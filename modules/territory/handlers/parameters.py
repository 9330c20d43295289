"""What callers may send, with the limits that are published."""

from datetime import date
from typing import Annotated, Final, TypeAlias
from uuid import UUID

import msgspec
from litestar.params import PathParameter, QueryParameter
from msgspec import Meta

from backend.kernel import composed
from contracts.territory import AgencyKind
from modules.territory.model.agencies import IDENTIFIER, SUBJECT
from modules.territory.model.boundaries import Place
from modules.territory.model.units import UnitLevel

_CODE: Final = r"^([0-9]{2}|[0-9]{3}|[0-9]{5})$"
_PROVINCE: Final = r"^[0-9]{2}$"
_VERSION: Final = r"^[0-9a-f]{64}$"

Code: TypeAlias = Annotated[
    str,
    PathParameter(
        pattern=_CODE,
        max_length=5,
        description="Code of a unit: province 2 digits, former district 3, commune 5.",
    ),
]
On: TypeAlias = Annotated[
    date | None,
    QueryParameter(
        name="on", description="The day that is asked about; today in Vietnam when left out."
    ),
]
WasOn: TypeAlias = Annotated[
    date | None,
    QueryParameter(
        name="was_on",
        description="A day on which the unit bore the code; without it any bearer may be meant.",
    ),
]
Province: TypeAlias = Annotated[
    str | None,
    QueryParameter(name="province", pattern=_PROVINCE, max_length=2, description="Its code."),
]
Level: TypeAlias = Annotated[
    UnitLevel | None, QueryParameter(name="level", description="Only units of this level.")
]
Parent: TypeAlias = Annotated[
    str | None,
    QueryParameter(
        name="parent", pattern=_CODE, max_length=5, description="Only units right below this one."
    ),
]
Words: TypeAlias = Annotated[
    str,
    QueryParameter(
        name="q",
        min_length=1,
        max_length=100,
        description="A name or the beginning of one, with or without marks and kind.",
    ),
]
Cursor: TypeAlias = Annotated[
    str | None,
    QueryParameter(name="cursor", max_length=500, description="`next_cursor` of the last page."),
]
Limit: TypeAlias = Annotated[
    int, QueryParameter(name="limit", ge=1, le=100, description="Items on one page.")
]
UnitLimit: TypeAlias = Annotated[
    int, QueryParameter(name="limit", ge=1, le=500, description="Items on one page.")
]
AtUnit: TypeAlias = Annotated[
    str | None,
    QueryParameter(
        name="unit", pattern=_CODE, max_length=5, description="Only agencies of this unit."
    ),
]
OfKind: TypeAlias = Annotated[
    AgencyKind | None, QueryParameter(name="kind", description="Only agencies of this kind.")
]
OnSubject: TypeAlias = Annotated[
    str | None,
    QueryParameter(
        name="subject", pattern=SUBJECT, max_length=100, description="Such as `feedback.roads`."
    ),
]
ForCommune: TypeAlias = Annotated[
    str | None,
    QueryParameter(
        name="commune",
        pattern=r"^[0-9]{5}$",
        max_length=5,
        description="Only what is held for this commune or for its whole province.",
    ),
]
AgencyId: TypeAlias = Annotated[UUID, PathParameter(description="Id of an agency.")]
CompetenceId: TypeAlias = Annotated[UUID, PathParameter(description="Id of a competence.")]
SchemeName: TypeAlias = Annotated[
    str, PathParameter(pattern="^(h56|tt10)$", max_length=4, description="Whose identifier it is.")
]
IdentifierText: TypeAlias = Annotated[
    str, PathParameter(pattern=IDENTIFIER, max_length=30, description="Such as `H56.22.05`.")
]
Version: TypeAlias = Annotated[
    str, PathParameter(pattern=_VERSION, max_length=64, description="As `/datasets` names it.")
]


class WrittenAddress(msgspec.Struct, frozen=True, kw_only=True):
    """An address as somebody wrote it. It is neither kept nor logged."""

    text: Annotated[
        str, Meta(min_length=1, max_length=300, examples=["phường Đông Thọ, TP Thanh Hóa"])
    ]
    on: date | None = None
    """The day whose units are wanted; today when left out."""
    location: Place | None = None
    """Where it is, if that is known: it decides between candidates if there are boundaries."""

    def __post_init__(self) -> None:
        composed(self)


class AskedPoint(msgspec.Struct, frozen=True, kw_only=True):
    """A point (WGS 84, degrees). It is neither kept nor logged."""

    lat: Annotated[float, Meta(ge=-90, le=90, examples=[19.8067])]
    lon: Annotated[float, Meta(ge=-180, le=180, examples=[105.7852])]
    on: date | None = None
    """The day that is asked about; today when left out."""
