"""How long things may take, and how much one may send.

No law names these figures; the published practice of Huế does.
"""

from collections.abc import Mapping
from functools import lru_cache
from typing import Annotated, ClassVar, Final
from uuid import UUID

import msgspec
from msgspec import Meta

from backend.kernel import Secret, described
from contracts.demo import SAM_SON, agency_of

STAND_IN: Final = "file"
"""Of a system that is a folder: how its `url` begins. The host refuses it in production."""

Days = Annotated[int, Meta(ge=1, le=90)]
Most = Annotated[int, Meta(ge=1)]


class DescribedSystem(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A system that takes the work of some agencies, as the settings describe it."""

    agencies: Annotated[tuple[UUID, ...], Meta(min_length=1)]
    url: Annotated[
        str,
        Meta(
            pattern=r"^(https://[^\s]+|http://(localhost|127\.0\.0\.1)(:\d+)?(/[^\s]*)?"
            r"|file(:(slow|away|unwilling))?)$"
        ),
    ]
    """Where it speaks Open311 GeoReport v2; `file` for the stand-in."""
    api_key: str = ""
    jurisdiction_id: str = ""
    services: Mapping[str, str] = {}
    """Our code of a category → the code that the service has there."""


class Settings(msgspec.Struct, frozen=True, kw_only=True):
    """Terms of the desk and of the agencies, in working days unless said otherwise."""

    triage_days: Annotated[
        Days, Meta(description="Working days in which the desk gives a report to somebody.")
    ] = 1
    priority_days: Annotated[
        Days, Meta(description="Working days for handling a report of class `priority`.")
    ] = 3
    normal_days: Annotated[
        Days, Meta(description="Working days for handling a report of class `normal`.")
    ] = 7
    complex_days: Annotated[
        Days,
        Meta(
            description="Working days for handling a report of class `complex`, and the most that"
            " any class reaches by extensions."
        ),
    ] = 17
    claim_idle_minutes: Annotated[
        int,
        Meta(ge=5, le=480, description="Minutes without a sign after which a claim is released."),
    ] = 30
    acceptance_days: Annotated[
        Days, Meta(description="Working days in which an agency accepts what it was given.")
    ] = 1
    decision_days: Annotated[
        Days,
        Meta(
            description="Working days in which the desk decides on a reopening; then it is granted."
        ),
    ] = 3
    rating_days: Annotated[
        Days, Meta(description="Days in which a finished report may be rated and reopened.")
    ] = 15
    marks_days: Annotated[
        int,
        Meta(
            ge=1,
            le=3650,
            description="Days after the end for marks of device and address, and for the originals"
            " of photos, which say where and with which phone they were taken.",
        ),
    ] = 90
    reporter_days: Annotated[
        int, Meta(ge=1, le=3650, description="Days after the end for knowing who reported.")
    ] = 365
    words_days: Annotated[
        int, Meta(ge=1, le=7300, description="Days after the end for words and photos.")
    ] = 1826
    answer_days: Annotated[
        Days, Meta(description="Working days that a question waits for its reporter's answer.")
    ] = 5
    urgent_hours: Annotated[
        int, Meta(ge=1, le=720, description="Hours for handling a report of class `urgent`.")
    ] = 24
    urgent_triage_minutes: Annotated[
        int,
        Meta(ge=1, le=1440, description="Minutes in which the desk passes on an `urgent` report."),
    ] = 30
    account_hourly: Annotated[Most, Meta(description="Reports of one account in an hour.")] = 10
    account_daily: Annotated[Most, Meta(description="Reports of one account in a day.")] = 30
    device_hourly: Annotated[
        Most, Meta(description="Reports of one device without an account in an hour.")
    ] = 3
    device_daily: Annotated[
        Most, Meta(description="Reports of one device without an account in a day.")
    ] = 10
    address_hourly: Annotated[
        Most, Meta(description="Reports without an account from one address in an hour.")
    ] = 30
    shared_address_hourly: Annotated[
        Most,
        Meta(
            description="The same from an address of TINHS_IDENTITY_CARRIER_NETWORKS, behind which"
            " thousands are."
        ),
    ] = 300
    jurisdiction: Annotated[
        str, Meta(description="Our `jurisdiction_id` in Open311; the host's name when empty.")
    ] = ""
    open311_contact: Annotated[
        str, Meta(description="Where operators of Open311 programs ask for a key.")
    ] = ""
    systems: Annotated[
        Secret,
        Meta(
            description="Systems of agencies that are given work by Open311, as TOML: a table for"
            " each (docs/guide/work-for-other-systems.md). Best kept in a file: add `_FILE` to the"
            " name; `file` writes into `TINHS_DATA_DIR/handovers` and is refused in production."
        ),
    ] = Secret("")

    def __post_init__(self) -> None:
        """Refuse systems that could only be found to be none when work goes to them."""
        _ = self.described_systems

    @property
    def described_systems(self) -> Mapping[str, DescribedSystem]:
        """Name → system. Raises ValueError for a description that does not fit."""
        return _described(self.systems.reveal())

    at_home: ClassVar[Mapping[str, str]] = {
        "systems": f'[seaside]\nagencies = ["{agency_of(SAM_SON)}"]\nurl = "{STAND_IN}"'
    }
    """A ward of the demo province has a system of its own, which is a folder."""

    @property
    def stand_ins(self) -> tuple[str, ...]:
        """Settings that name something that only seems to reach anybody."""
        named = self.described_systems.values()
        return ("systems",) if any(each.url.startswith(STAND_IN) for each in named) else ()


@lru_cache(maxsize=8)
def _described(text: str) -> Mapping[str, DescribedSystem]:
    variable = "TINHS_FEEDBACK_SYSTEMS"
    found = described(variable, text, DescribedSystem)
    served: set[UUID] = set()
    for name, system in found.items():
        if served.intersection(system.agencies):
            raise ValueError(f"{variable}: [{name}] an agency has one system")
        served.update(system.agencies)
    return found
