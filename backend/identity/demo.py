"""The demo people: who can be signed in as, on a developer's own machine and nowhere else."""

from collections.abc import Mapping
from typing import Final, Literal
from uuid import UUID

import msgspec

from contracts.demo import HAC_THANH, NATIONAL_IDS, PROVINCE, SAM_SON, agency_of, demo_id


class DemoCitizen(msgspec.Struct, frozen=True, kw_only=True):
    """A citizen, and how well the app has got to know them."""

    name: str
    ial: int = 0
    acr: Literal["aal1", "aal2"] = "aal1"
    has_child: bool = False
    national_id: str = ""


class DemoOfficer(msgspec.Struct, frozen=True, kw_only=True):
    """An officer of the committee of one unit, or of another agency there, at work in that unit."""

    name: str
    roles: tuple[str, ...]
    unit_code: str
    agency: str = ""
    """A demo agency's name; empty for the unit's committee."""


class DemoPartner(msgspec.Struct, frozen=True, kw_only=True):
    """A partner's program."""

    name: str
    purposes: tuple[str, ...] = ()


CITIZENS: Final[Mapping[str, DemoCitizen]] = {
    "citizen": DemoCitizen(name="Nguyễn Thị Hoa"),
    "citizen-verified": DemoCitizen(
        name="Lê Văn Minh", ial=2, acr="aal2", national_id=NATIONAL_IDS["citizen-verified"]
    ),
    "citizen-parent": DemoCitizen(
        name="Trần Thu Hà",
        ial=2,
        acr="aal2",
        has_child=True,
        national_id=NATIONAL_IDS["citizen-parent"],
    ),
}

OFFICERS: Final[Mapping[str, DemoOfficer]] = {
    "officer": DemoOfficer(
        name="Phạm Quốc Huy", roles=("officer", "moderator"), unit_code=HAC_THANH
    ),
    "officer-sam-son": DemoOfficer(
        name="Đỗ Thị Lan", roles=("officer", "moderator"), unit_code=SAM_SON
    ),
    "lead": DemoOfficer(
        name="Hoàng Đức Thắng", roles=("lead", "officer", "moderator"), unit_code=HAC_THANH
    ),
    "moderator": DemoOfficer(name="Vũ Hồng Nhung", roles=("moderator",), unit_code=PROVINCE),
    "admin": DemoOfficer(name="Bùi Anh Tuấn", roles=("admin",), unit_code=PROVINCE),
    "admin-second": DemoOfficer(name="Mai Thị Hạnh", roles=("admin",), unit_code=PROVINCE),
    "auditor": DemoOfficer(name="Ngô Minh Châu", roles=("auditor",), unit_code=PROVINCE),
    "privacy": DemoOfficer(name="Lý Thanh Tâm", roles=("privacy",), unit_code=PROVINCE),
    "registrar": DemoOfficer(
        name="Trịnh Thị Mơ", roles=("registrar",), unit_code=HAC_THANH, agency="school"
    ),
    "registrar-second": DemoOfficer(
        name="Cao Bá Lộc", roles=("registrar",), unit_code=HAC_THANH, agency="school"
    ),
    "school-clerk": DemoOfficer(
        name="Lưu Thị Hạnh", roles=("school_clerk", "teacher"), unit_code=HAC_THANH, agency="school"
    ),
    "trust-keeper": DemoOfficer(name="Đinh Gia Bảo", roles=("trust_keeper",), unit_code=PROVINCE),
}

PARTNERS: Final[Mapping[str, DemoPartner]] = {
    "partner": DemoPartner(name="Demo partner", purposes=("feedback.handling",)),
}


def person_id(key: str) -> UUID:
    """Return the person that `key` of CITIZENS is, in every installation."""
    return demo_id("person", key)


def staff_id(key: str) -> UUID:
    """Return the officer that `key` of OFFICERS is, in every installation."""
    return demo_id("staff", key)


def client_id(key: str) -> str:
    """Return the client id of `key` of PARTNERS."""
    return f"demo-{key}"


def agency_id(officer: DemoOfficer) -> UUID:
    """Return where an officer works."""
    return demo_id("agency", officer.agency) if officer.agency else agency_of(officer.unit_code)
