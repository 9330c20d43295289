"""Every route that names a row × everybody whose row it is not: to them it is not there.

`test_doors` asks each route as every kind of caller about nothing; here the rows exist. They belong
to one citizen, or lie in one commune, and were made by the seeds of the modules or through the
front door. A new route that names something must be in one of the two lists.
"""

import re
from base64 import b64encode
from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Final
from uuid import uuid4

import pytest

from backend.files.samples import Samples
from backend.host.registry import discover
from backend.kernel import Module, Scope, Transaction
from backend.kernel.database import Connection
from backend.testing import Caller, Client
from contracts.demo import HAC_THANH, SAM_SON, agency_of, demo_id
from tests.architecture import described
from tests.architecture.addressed import EXCUSED, SAMPLED, UNTOLD, first_of, routes
from tests.installed import with_reports

pytestmark = with_reports

ROOT: Final = Path(__file__).parents[2]
FILE: Final = re.compile(r"tests/[\w/]+\.py")
PARAMETER: Final = re.compile(r"\{\w+:\w+\}")
SCOPES: Final = [scope for module in discover(guests=()) for scope in module.scopes]
ROLES: Final = sorted({role for scope in SCOPES for role in scope.roles})
NOON: Final = datetime(2026, 11, 22, 5, tzinfo=UTC)
TUS: Final = {
    "Tus-Resumable": "1.0.0",
    "Upload-Length": "100",
    "Upload-Metadata": f"purpose {b64encode(b'feedback.report').decode()}",
}
REPORT: Final = {
    "category": "roads",
    "text": "Ổ gà sâu trước cổng trường, trời mưa không thấy.",
    "commune_code": HAC_THANH,
    "location": {"lat": 19.8066, "lon": 105.7851},
    "wish": "public",
}
WHO: Final = demo_id("person", "citizen-parent")
"""The employer of the sample contract; the documents' phones sign it as it is seeded."""


@pytest.fixture(scope="module")
def modules() -> Sequence[Module]:
    return discover(guests=())


def test_every_route_that_names_something_is_tried_or_excused() -> None:
    addresses = [address for _, address, _ in routes()]
    known = (*SAMPLED, *EXCUSED)

    assert [address for address in addresses if not first_of(address, known)] == []
    assert set(EXCUSED) - {end for end in known if any(end in each for each in addresses)} == set()


def test_what_is_tried_elsewhere_is_tried_there() -> None:
    named = [found for why in (*EXCUSED.values(), *UNTOLD.values()) for found in FILE.findall(why)]

    assert named
    assert [name for name in named if not (ROOT / name).exists()] == []


def test_a_route_that_nobody_thought_of_is_noticed() -> None:
    assert first_of("/v1/clinic/visits/{visit_id:uuid}", (*SAMPLED, *EXCUSED)) == ""


OFFICERS: Final = ("an officer of elsewhere", "an administrator")
# --- the rows, and the people ---------------------------------------------------------------------


async def sent(caller: Caller | Client, method: str, address: str, **more: Any) -> Any:
    """Send a request that is right in everything but, perhaps, who sends it."""
    headers = {"If-Match": '"1"', "Idempotency-Key": uuid4().hex, **more.pop("headers", {})}
    send = caller.send if isinstance(caller, Caller) else caller.request
    return await send(method, address, headers=headers, **more)


async def made(caller: Caller, address: str, **more: Any) -> Any:
    answer = await sent(caller, "POST", address, **more)
    assert answer.status_code in {200, 201, 202}, (address, answer.text)
    return answer


@pytest.fixture
async def signed(tx: Transaction, drain: Callable[..., Any], connection: Connection) -> list[Any]:
    """Let the modules seed a contract and have it signed; return what names each part of it."""
    for module in discover(guests=()):
        if module.seed is not None and module.name in {"documents", "labour_contracts"}:
            await module.seed(tx)
    looking: Any = tx._connection
    await looking.execute("commit")
    await drain()
    await looking.execute("select set_config('tinhs.kind', 'job', false)")
    return await looking.fetchrow(
        """
        select (select id::text from documents.document) as document,
               (select id::text from documents.enrolment where person_id = $1) as enrolment,
               (select id::text from documents.signing_session where person_id = $1) as session,
               (select encode(fingerprint, 'hex') from documents.certificate
                 where person_id = $1) as certificate
        """,
        WHO,
    )


@pytest.fixture
def citizen(as_citizen: Callable[..., Caller]) -> Caller:
    """Whose the rows are."""
    scopes = [scope for scope in SCOPES if "citizen" in scope.kinds]
    return as_citizen(*scopes, ial=2, acr="aal2", person_id=WHO)


@pytest.fixture
def officer(as_staff: Callable[..., Caller]) -> Caller:
    """In whose commune they lie, and who may do everything there."""
    return as_staff(*ROLES, areas=[HAC_THANH], agency_id=agency_of(HAC_THANH))


@pytest.fixture
def strangers(
    client: Client,
    as_citizen: Callable[..., Caller],
    as_staff: Callable[..., Caller],
    as_partner: Callable[..., Caller],
) -> Mapping[str, Caller | Client]:
    scopes = {
        kind: [scope for scope in SCOPES if kind in scope.kinds] for kind in ("citizen", "partner")
    }
    return {
        "nobody": client,
        "another citizen": as_citizen(*scopes["citizen"], ial=2, acr="aal2"),
        "an officer of elsewhere": as_staff(*ROLES, areas=[SAM_SON], agency_id=agency_of(SAM_SON)),
        "an administrator": as_staff("admin"),
        "a partner with a purpose": as_partner(*scopes["partner"], purpose="feedback.handling"),
        "a partner without one": as_partner(*scopes["partner"]),
    }


@pytest.fixture
async def rows(citizen: Caller, officer: Caller, signed: Any) -> Mapping[str, str]:
    """Make a row for each end of an address in SAMPLED; return what names it."""
    filed = (await made(citizen, "/v1/feedback/reports", json=REPORT)).json()["id"]
    desk = f"/v1/feedback/desk/reports/{filed}"
    seen = (await made(officer, f"{desk}/claim")).headers["etag"]
    assigned = await made(officer, f"{desk}/assignments", json={}, headers={"If-Match": seen})
    queue = {"name": "Của tôi", "query": "category=roads", "is_shared": False}
    area = {"pace": "now", "commune_code": HAC_THANH}
    photo = Samples(None).draw("lamp", taken_at=NOON, lat=19.8, lon=105.7)  # type: ignore[arg-type]
    asked = {"kind": "access", "note": "Xin cho biết ai đã xem"}
    file = await made(
        citizen, "/v1/files?purpose=feedback.report", files={"photos": ("a.jpg", photo)}
    )
    upload = await made(citizen, "/v1/files/uploads", headers=TUS)
    await made(citizen, "/v1/account/export")
    (export,) = (await citizen.get("/v1/account/exports")).json()["items"]
    sessions = await citizen.get("/v1/account/sessions")

    async def id_of(who: Caller, address: str, **content: Any) -> str:
        return (await made(who, address, **content)).json()["id"]

    return {
        "reports/{report_id:uuid}": filed,
        "work/{report_id:uuid}": filed,
        "assignments/{assignment_id:uuid}": assigned.json()["assignment_id"],
        "documents/{document_id:uuid}": signed["document"],
        "labour-contracts/{document_id:uuid}": signed["document"],
        "revisions/{rev:int}": "1",
        "enrolments/{enrolment_id:uuid}": signed["enrolment"],
        "signing/sessions/{session_id:uuid}": signed["session"],
        "certificates/{fingerprint:str}": signed["certificate"],
        "account/sessions/{session_id:uuid}": sessions.json()["current_id"],
        "filters/{filter_id:uuid}": await id_of(officer, "/v1/feedback/desk/filters", json=queue),
        "subscriptions/{subscription_id:uuid}": await id_of(
            citizen, "/v1/feedback/me/subscriptions", json=area
        ),
        "requests/{request_id:uuid}": await id_of(citizen, "/v1/account/requests", json=asked),
        "exports/{export_id:uuid}": export["id"],
        "files/{file_id:uuid}": file.json()["id"],
        "uploads/{upload_id:uuid}": upload.headers["location"].rpartition("/")[2],
    }


# --- who sees what --------------------------------------------------------------------------------


def is_bound(scope: Scope | None) -> bool:
    """Tell whether a rule looks at the row, and not at the caller alone."""
    return scope is None or scope.rule is None or "=" in scope.rule.sql(1)[0]


def filled(address: str, rows: Mapping[str, str]) -> str:
    """Return the address with every parameter that leads to a row of ours; other words stay."""
    while found := PARAMETER.search(address):
        head = address[: found.end()]
        end = max((end for end in rows if head.endswith(end)), key=len, default="")
        value = rows[end] if end else "claim"
        address = f"{head[: found.start()]}{value}{address[found.end() :]}"
    return address


def heard(answer: Any) -> tuple[int, str]:
    """Return all that an answer may tell a stranger: its status, and which problem it is."""
    if answer.headers.get("content-type", "").startswith("application/problem+json"):
        return answer.status_code, answer.json()["type"]
    return answer.status_code, ""


async def ask(caller: Any, method: str, address: str, rows: Mapping[str, str]) -> tuple[int, str]:
    content = described.body(method, address)
    more = {} if content is None else {"json": content}
    return heard(await sent(caller, method, filled(address, rows), **more))


async def test_to_a_stranger_a_row_is_not_there(
    rows: Mapping[str, str], strangers: Mapping[str, Any], citizen: Caller, officer: Caller
) -> None:
    """And its owner finds it, or the test would prove nothing."""
    assert sorted(rows) == sorted(SAMPLED)
    nothing = {end: "1" if end.endswith(":int}") else str(uuid4()) for end in rows}
    tried = [each for each in routes() if first_of(each[1], (*SAMPLED, *EXCUSED)) in SAMPLED]
    told: list[object] = []
    mute: set[str] = set()

    for method, address, scope in tried:
        for who, stranger in strangers.items():
            if who in OFFICERS and not is_bound(scope):
                continue
            real, nobodys = [await ask(stranger, method, address, ids) for ids in (rows, nothing)]
            is_shown = real[0] < 300 and f"{method} {address}" not in UNTOLD
            if real != nobodys or is_shown:
                told.append((who, method, address, real, nobodys))
    for method, address, scope in sorted(tried, key=lambda each: each[0] == "DELETE"):
        kinds = {"citizen"} if scope is None else scope.kinds
        owners = [who for who, kind in ((citizen, "citizen"), (officer, "staff")) if kind in kinds]
        found = [
            [await ask(owner, method, address, ids) for ids in (rows, nothing)] for owner in owners
        ]
        if all(real == nobodys for real, nobodys in found):
            mute.add(f"{method} {address}")

    assert told == []
    assert mute ^ set(UNTOLD) == set()
