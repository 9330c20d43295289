"""A module in processes of its own, and a proxy before both: it behaves as one house.

`TINHS_MODULES` says what a process serves and works at. Its questions to the neighbours are
answered in its own transaction all the same; what it tells them is done by whoever works for them.
"""

import asyncio
import sys
from collections.abc import AsyncGenerator, Sequence
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import httpx
import pytest
import pytest_asyncio

from backend.host.call import DemoCaller, composed
from backend.host.registry import discover
from backend.kernel import Module
from backend.kernel.database import Connection
from backend.local.roles import DatabaseUrls
from tests.gateway.serving import Served, environment, started
from tests.installed import with_reports

pytestmark = with_reports

HOUSE = "http://tinh.test"
APART = "feedback"
REPORT = (
    '{"category": "roads", "text": "Ổ gà sâu trước cổng trường.", "commune_code": "%s",'
    ' "location": {"lat": 19.8066, "lon": 105.7851}, "wish": "public"}'
)


class Proxy(httpx.AsyncBaseTransport):
    """Sends what belongs to the module to its process, and everything else to the other."""

    def __init__(self, apart: Served, rest: Served) -> None:
        self._apart, self._rest = apart, rest
        self._lines = httpx.AsyncHTTPTransport()

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        is_apart = request.url.path.startswith(f"/v1/{APART}/")
        port = (self._apart if is_apart else self._rest).port
        request.url = request.url.copy_with(host="127.0.0.1", port=port)
        return await self._lines.handle_async_request(request)

    async def aclose(self) -> None:
        await self._lines.aclose()


@pytest.fixture(scope="module")
def modules() -> Sequence[Module]:
    return discover()


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """What all processes of the house share: keys, files."""
    return tmp_path_factory.mktemp("shared")


@pytest.fixture(scope="module")
def split(modules: Sequence[Module]) -> tuple[dict[str, str], dict[str, str]]:
    """What is told to the processes of the module, and to the others."""
    ours = {"TINHS_ENV": "dev", "TINHS_BASE_URL": HOUSE, "TINHS_IDENTITY_SMS_SENDERS": "file"}
    rest = ",".join(module.name for module in modules if module.name != APART)
    return {**ours, "TINHS_MODULES": APART}, {**ours, "TINHS_MODULES": rest}


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def processes(
    database: DatabaseUrls, folder: Path, split: tuple[dict[str, str], dict[str, str]]
) -> AsyncGenerator[tuple[Served, Served]]:
    seeding = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "backend", "seed"),
        env=environment(database, folder, port=1, **split[0]),
        stdout=asyncio.subprocess.DEVNULL,
    )
    assert await seeding.wait() == 0
    both = [await started(database, folder, **told) for told in split]
    yield both[0], both[1]
    for served in both:
        served.process.terminate()
        await served.process.wait()


@pytest_asyncio.fixture(loop_scope="session")
async def client(processes: tuple[Served, Served]) -> AsyncGenerator[httpx.AsyncClient]:
    async with httpx.AsyncClient(
        base_url=HOUSE, transport=Proxy(*processes), timeout=20
    ) as through:
        yield through


@asynccontextmanager
async def working(
    database: DatabaseUrls, folder: Path, told: dict[str, str]
) -> AsyncGenerator[None]:
    """Run a worker for what these processes serve."""
    with (folder / "work.log").open("ab") as log:
        worker = await asyncio.create_subprocess_exec(
            *(sys.executable, "-m", "backend", "work", "run"),
            env=environment(database, folder, port=1, **told),
            stdout=log,
            stderr=log,
        )
    yield
    worker.terminate()
    await worker.wait()


async def unfinished(connection: Connection, ours: str) -> int:
    """Count what is due of one module, the timetable's own ticks aside."""
    counted: Any = await connection.fetchval(
        """
        select count(*) from kernel.work
         where state <> 'done' and due_at <= now() and name like $1 || '.%'
        """,
        ours,
    )
    return counted


async def test_each_process_serves_its_part_and_no_more(
    processes: tuple[Served, Served],
) -> None:
    paths = ("/v1/feedback/categories", "/v1/territory/datasets", "/oauth/jwks")
    async with httpx.AsyncClient(timeout=60) as direct:
        found = [
            [(await direct.get(f"{served.url}{path}")).status_code for path in paths]
            for served in processes
        ]

    assert found == [[200, 404, 200], [404, 200, 200]]


async def test_the_parts_behave_as_one(
    client: httpx.AsyncClient,
    database: DatabaseUrls,
    folder: Path,
    split: tuple[dict[str, str], dict[str, str]],
    connection: Connection,
    tmp_path: Path,
) -> None:
    citizen, moderator = (DemoCaller(client, who, tmp_path) for who in ("citizen", "moderator"))
    filing = composed("POST", "/v1/feedback/reports", body=REPORT % "14797", key="one and the same")
    nowhere = composed("POST", "/v1/feedback/reports", body=REPORT % "99999")

    filed = await citizen.send(filing)
    again = await citizen.send(filing)
    refused = await citizen.send(nowhere)  # the register of communes was asked in the same breath
    report = filed.json()["id"]
    claimed = await moderator.send(
        composed("POST", f"/v1/feedback/desk/reports/{report}/claim", headers=('If-Match: "1"',))
    )

    assert (filed.status_code, again.content) == (201, filed.content)
    assert 400 <= refused.status_code < 500, refused.text
    assert claimed.status_code == 200, claimed.text

    inbox = composed("GET", "/v1/notifications/inbox")
    async with working(database, folder, split[0]), asyncio.timeout(30):
        while await unfinished(connection, "feedback"):  # noqa: ASYNC110 - in the database
            await asyncio.sleep(0.1)
    assert await unfinished(connection, "notifications")
    async with working(database, folder, split[1]), asyncio.timeout(30):
        while await unfinished(connection, "notifications"):  # noqa: ASYNC110 - in the database
            await asyncio.sleep(0.1)
    told = await citizen.send(inbox)

    assert filed.json()["code"] in told.text
