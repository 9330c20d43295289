"""A house with a small province around feedback, and the people who act in it."""

import asyncio
from collections.abc import AsyncGenerator, Awaitable, Callable, Mapping, Sequence
from datetime import date, datetime, timedelta, timezone
from typing import Any, TypeAlias, cast
from urllib.parse import urlsplit
from uuid import UUID

import httpx
import msgspec
import pytest
import pytest_asyncio

from backend.files.samples import Samples
from backend.files.scopes import UPLOAD
from backend.host.registry import discover, gather
from backend.host.settings import Settings as Ours
from backend.identity.scopes import READ
from backend.kernel import House, Module
from backend.kernel.database import Connection
from backend.local.roles import DatabaseUrls
from backend.testing import Caller, Client, Clock
from backend.work import drain, open_workshop
from backend.work.perform import Workshop
from backend.work.plan import Planner
from contracts.demo import HAC_THANH, SAM_SON, agency_of, demo_id
from contracts.territory import (
    Agency,
    AgencyKind,
    AgencyRegister,
    Commune,
    CommuneRegister,
    CompetenceRole,
    PointAnswer,
    Succession,
    UnitKind,
)
from modules.feedback.model.machines import Call, Who
from modules.feedback.scopes import OWN
from modules.feedback.settings import Settings

from .staging import Stage, vietnam

Person: TypeAlias = Caller
Act: TypeAlias = Callable[..., Awaitable[httpx.Response]]

SINCE = date(2022, 1, 1)
UNSERVED = "14758"
"""A commune for which no agency is competent."""
COMMUNES = {
    code: Commune(code=code, name=name, kind=UnitKind.WARD, province_code="38", valid_from=SINCE)
    for code, name in (
        (HAC_THANH, "Phường Hạc Thành"),
        (SAM_SON, "Phường Sầm Sơn"),
        (UNSERVED, "Phường Hàm Rồng"),
    )
}
LIGHTING = demo_id("agency", "lighting")


def _agency(agency_id: UUID, name: str, unit: str) -> Agency:
    return Agency(
        id=agency_id,
        name=name,
        kind=AgencyKind.COMMUNE_COMMITTEE,
        unit_code=unit,
        valid_from=SINCE,
    )


AGENCIES = {
    agency.id: agency
    for agency in (
        _agency(agency_of(HAC_THANH), "UBND phường Hạc Thành", HAC_THANH),
        _agency(agency_of(SAM_SON), "UBND phường Sầm Sơn", SAM_SON),
        _agency(LIGHTING, "Công ty Môi trường và Chiếu sáng", "38"),
    )
}


class Communes:
    """Two wards side by side: west of 105.8 and from there to 106; beyond is another province."""

    def __init__(self, _: object) -> None:
        pass

    async def in_force(self, code: str, on: date) -> Commune | None:
        return COMMUNES.get(code) if on >= SINCE else None

    async def today(self, old_code: str, was_on: date | None) -> Succession:
        raise NotImplementedError

    async def codes_by_province(self) -> Mapping[str, frozenset[str]]:
        return {"38": frozenset(COMMUNES)}

    async def at_point(self, lat: float, lon: float, on: date) -> PointAnswer:
        if lat > 20:  # the north has no boundaries yet
            return PointAnswer(outcome="unknown")
        if lon > 106:
            return PointAnswer(outcome="outside")
        west, east = COMMUNES[HAC_THANH], COMMUNES[SAM_SON]
        if lon == 105.8:
            return PointAnswer(outcome="several", communes=(west, east))
        return PointAnswer(outcome="one", communes=(west if lon < 105.8 else east,))


class Agencies:
    """The wards' committees answer for everything; lamps have a company beside them."""

    def __init__(self, _: object) -> None:
        pass

    async def in_force(self, agency_id: UUID, on: date) -> Agency | None:
        return AGENCIES.get(agency_id)

    async def find(self, scheme: str, value: str, on: date) -> Agency | None:
        raise NotImplementedError

    async def competent(
        self,
        subject: str,
        commune_code: str,
        on: date,
        role: CompetenceRole = CompetenceRole.LEAD,
    ) -> tuple[Agency, ...]:
        if commune_code == UNSERVED:
            return ()
        committee = AGENCIES[agency_of(commune_code)]
        if subject == "feedback.street-lighting":
            return (AGENCIES[LIGHTING], committee)
        return (committee,) if subject == "feedback" else ()


gazetteer = Module(name="gazetteer", provides={CommuneRegister: Communes, AgencyRegister: Agencies})


@pytest.fixture(scope="module")
def modules() -> Sequence[Module]:
    return [*(module for module in discover() if module.name != "territory"), gazetteer]


@pytest.fixture(scope="module")
def settings(settings: Mapping[Any, Any]) -> Mapping[Any, Any]:
    """Let one person of a test file as much as it takes; `test_anonymous` has the real limits."""
    return {**settings, Settings: Settings(account_hourly=1_000_000, account_daily=1_000_000)}


@pytest.fixture(scope="session")
def draw() -> Callable[..., bytes]:
    """A JPEG as a phone makes it, with place and serial number in its Exif."""

    def drawn(subject: str = "pothole", *, minute: int = 0) -> bytes:
        taken = datetime(2026, 3, 2, 8, minute, tzinfo=timezone(timedelta(hours=7)))
        return Samples(None).draw(subject, taken_at=taken, lat=19.806712, lon=105.785234)  # type: ignore[arg-type]

    return drawn


@pytest.fixture(scope="session")
def pothole(draw: Callable[..., bytes]) -> bytes:
    return draw()


@pytest.fixture(scope="session")
def mended(draw: Callable[..., bytes]) -> bytes:
    return draw("lamp", minute=1)


@pytest.fixture
def citizen(as_citizen: Callable[..., Caller]) -> Person:
    return as_citizen(OWN, UPLOAD)


@pytest.fixture
def stranger(as_citizen: Callable[..., Caller]) -> Person:
    return as_citizen(OWN, UPLOAD)


@pytest.fixture
def moderator(as_staff: Callable[..., Caller]) -> Person:
    return as_staff("moderator", areas=[HAC_THANH])


@pytest.fixture
def moderator_elsewhere(as_staff: Callable[..., Caller]) -> Person:
    return as_staff("moderator", areas=[SAM_SON])


@pytest.fixture
def officer(as_staff: Callable[..., Caller]) -> Person:
    return as_staff("officer", areas=[HAC_THANH], agency_id=agency_of(HAC_THANH))


@pytest.fixture
def officer_elsewhere(as_staff: Callable[..., Caller]) -> Person:
    return as_staff("officer", areas=[SAM_SON], agency_id=agency_of(SAM_SON))


FILING: Mapping[str, Any] = {
    "category": "roads",
    "text": "Ổ gà rất to trước số nhà 12, xe máy dễ ngã.",
    "location": {"lat": 19.806712, "lon": 105.785234},
    "accuracy_m": 12,
    "address": "12 Lê Lợi",
}


@pytest.fixture
def file() -> Act:
    """File a report: `await file(citizen, category="noise", photos=[jpeg])`."""

    async def filed(
        person: Person, *, key: str | None = None, photos: Sequence[bytes] = (), **changes: Any
    ) -> httpx.Response:
        body = {**FILING, **changes}
        more: dict[str, Any] = {} if key is None else {"key": key}
        if not photos:
            return await person.post("/v1/feedback/reports", json=body, **more)
        parts: list[Any] = [("data", (None, msgspec.json.encode(body), "application/json"))]
        parts += [("photos", ("photo.jpg", photo, "image/jpeg")) for photo in photos]
        return await person.post("/v1/feedback/reports", files=parts, **more)

    return filed


@pytest.fixture
def act() -> Act:
    """Make a call on a report as one who has seen its newest version, unless told which.

    `await act(moderator, "desk", report, "declination", json={…})`
    """

    async def acted(
        person: Person,
        part: str,
        report: Mapping[str, Any],
        call: str,
        *,
        version: int | None = None,
        **more: Any,
    ) -> httpx.Response:
        path = (
            f"/v1/feedback/{part}/{report['id']}"
            if part == "reports"
            else (f"/v1/feedback/{part}/reports/{report['id']}")
        )
        if version is None:
            seen = await person.get(path)
            version = seen.json().get("version", 1)
        headers = {"If-Match": f'"{version}"'}
        return await person.post(f"{path}/{call}", key=None, headers=headers, **more)

    return acted


@pytest.fixture
def fetch(client: Client) -> Callable[[str], Awaitable[bytes]]:
    """Open an address that an answer contained, as anybody."""

    async def fetched(address: str) -> bytes:
        parts = urlsplit(address)
        answer = await client.get(parts.path, params=parts.query, follow_redirects=True)
        assert answer.status_code == 200, answer.text
        return answer.content

    return fetched


@pytest.fixture
async def filed(citizen: Person, file: Act) -> Mapping[str, Any]:
    """A report that has just come in."""
    answer = await file(citizen)
    assert answer.status_code == 201, answer.text
    return answer.json()


@pytest.fixture
async def worked_on(filed: Mapping[str, Any], moderator: Person, officer: Person, act: Act) -> Any:
    """A report that an agency has accepted."""
    claimed = await act(moderator, "desk", filed, "claim")
    assert claimed.status_code == 200, claimed.text
    assigned = await act(moderator, "desk", filed, "assignments", json={})
    assert assigned.status_code == 200, assigned.text
    accepted = await act(officer, "work", filed, "acceptance")
    assert accepted.status_code == 200, accepted.text
    return accepted.json()


@pytest.fixture
async def finished(worked_on: Any, officer: Person, act: Act, draw: Callable[..., bytes]) -> Any:
    """A report whose result waits for approval."""
    said = msgspec.json.encode({"text": "Đã vá mặt đường, nghiệm thu xong hôm nay."})
    parts = [
        ("data", (None, said, "application/json")),
        ("photos", ("after.jpg", draw("lamp"), "image/jpeg")),
    ]
    answer = await act(officer, "work", worked_on, "result", files=parts)
    assert answer.status_code == 200, answer.text
    return answer.json()


@pytest.fixture
def at(clock: Clock) -> Callable[[str], None]:
    def move(text: str) -> None:
        clock.now = vietnam(text)

    return move


@pytest_asyncio.fixture(loop_scope="session")
async def shops(
    database: DatabaseUrls,
    modules: Sequence[Module],
    settings: Mapping[type[msgspec.Struct], msgspec.Struct],
    clock: Clock,
    connection: Connection,
) -> AsyncGenerator[tuple[Workshop, Workshop]]:
    """Two worker processes, which share nothing but the database."""
    # Tests travel in time, and a timetable does not go back.
    await connection.execute("truncate kernel.work, kernel.timetable")
    ours = cast("Ours", settings[Ours])
    house = House(providers=gather(modules, settings), data_dir=ours.data_dir)
    pair = (
        open_workshop(database.job, house, modules, concurrency=2, clock=clock),
        open_workshop(database.job, house, modules, concurrency=2, clock=clock),
    )
    yield pair
    for shop in pair:
        await shop.pool.close()


@pytest.fixture
def work(shops: tuple[Workshop, Workshop]) -> Callable[[], Awaitable[None]]:
    """Let both processes plan and do all that is due now."""

    async def worked() -> None:
        await asyncio.gather(*(Planner(shop).tick() for shop in shops))
        await asyncio.gather(*(drain(shop) for shop in shops))

    return worked


@pytest.fixture
def stage(
    as_citizen: Any, as_staff: Any, file: Act, clock: Clock
) -> Callable[..., Awaitable[Stage]]:
    """A report that these calls were made on: `await stage((Call.CLAIM,), helped=True)`.

    Whatever else is given is filed with it.
    """
    people = {
        Who.REPORTER: as_citizen(OWN, READ),
        Who.MODERATOR: as_staff("moderator", areas=[HAC_THANH]),
        Who.AGENCY: as_staff("officer", areas=[HAC_THANH], agency_id=agency_of(HAC_THANH)),
        Who.COORDINATOR: as_staff("lead", areas=[], agency_id=LIGHTING),
    }
    other = as_staff("moderator", areas=[HAC_THANH])
    sealer = as_staff("moderator", "identity_desk", areas=[HAC_THANH])

    async def another(**changes: Any) -> Any:
        filed = await file(people[Who.REPORTER], **{"category": "noise", **changes})
        assert filed.status_code == 201, filed.text
        return filed.json()

    async def set_up(
        calls: tuple[Call, ...] = (), *, helped: bool = False, **changes: Any
    ) -> Stage:
        helpers = (str(LIGHTING),) if helped else ()
        report = await another(**changes)
        made = Stage(people, other, report, sealer=sealer, again=another, helpers=helpers)
        return await made.play(calls)

    return set_up
