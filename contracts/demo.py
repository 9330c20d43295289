"""Who and what the demo province consists of, so that the modules' demo data fit together.

Nothing of it exists unless somebody seeds it or signs in as one of these people; a start in
production refuses both.
"""

from collections.abc import Mapping, Sequence
from types import MappingProxyType
from typing import Final, Protocol
from uuid import UUID, uuid5

_NAMESPACE: Final = UUID("3d0f8c4e-9f0b-5a53-8e57-5d1f0a6d7a38")

PROVINCE: Final = "38"
"""Tỉnh Thanh Hóa."""
HAC_THANH: Final = "14797"
"""Phường Hạc Thành."""
SAM_SON: Final = "16531"
"""Phường Sầm Sơn."""


NATIONAL_IDS: Final[Mapping[str, str]] = MappingProxyType(
    {"citizen-verified": "038085000001", "citizen-parent": "038190000002"}
)
"""The invented numbers of those demo people who have proved who they are."""

SIGNERS: Final = (
    "citizen-verified",
    "citizen-parent",
    "demo-teacher",
    "demo-principal",
    "demo-doctor",
    "demo-head-doctor",
)
"""Demo people who have a phone in software: it signs whatever waits for them when it is seeded."""

_COMMITTEES: Final = {
    PROVINCE: UUID("285b1841-8e7d-51a7-8526-4717f4bf9d6d"),
    HAC_THANH: UUID("c4d5083e-56f0-55cd-910f-24e4ea7bde25"),
    SAM_SON: UUID("391eaf12-172a-5f7b-a8b0-2438a1917121"),
}


def demo_id(kind: str, name: str) -> UUID:
    """Return the id that a demo thing has in every installation."""
    return uuid5(_NAMESPACE, f"{kind}/{name}")


def agency_of(unit_code: str) -> UUID:
    """Return the id of the committee of a demo unit, as the shipped list of agencies has it."""
    return _COMMITTEES[unit_code]


class DemoPhones(Protocol):
    """Provided by `documents`: phones in software of demo people. Ask a `Transaction`.

    For what a seed has begun, and nothing else.
    """

    async def sign(self, people: Sequence[UUID]) -> None:
        """Let these people sign, one after the other, what waits for them after the commit."""
        ...
