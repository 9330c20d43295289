"""What the tests of the catalogue share: a day, records as the national package has them."""

import asyncio
import json
from collections.abc import AsyncGenerator, Awaitable, Callable, Mapping, Sequence
from contextlib import asynccontextmanager
from datetime import date, datetime
from io import BytesIO
from typing import Any

import asyncpg
import click
import msgspec
import pytest
import pytest_asyncio
from click.testing import CliRunner, Result

from backend.host.registry import gather
from backend.host.settings import Settings as HouseSettings
from backend.kernel import VIETNAM, House, Module, Principal, Transaction
from backend.kernel.database import prepare_connection
from backend.kernel.pool import Pool
from backend.local.roles import DatabaseUrls
from backend.testing import Client, Clock
from backend.work import drain, open_workshop
from modules.public_services.model.imports import Import, Options
from modules.public_services.service import imports

BIRTH = "1.001193"
LAND = "1.012345"

Invoke = Callable[..., Awaitable[Result]]
Raw = dict[str, Any]
Settings = Mapping[type[msgspec.Struct], msgspec.Struct]


@pytest.fixture(scope="module")
def clock() -> Clock:
    """The fifth of January 2026, in the morning."""
    clock = Clock()
    clock.now = datetime(2026, 1, 5, 9, tzinfo=VIETNAM)
    return clock


def raw(code: str = BIRTH, title: str = "Đăng ký khai sinh", **more: Any) -> Raw:
    """A record as the national package writes it, with its usual traps."""
    return {
        "MaTTHC": code,
        "TENTTHC": title,
        "TRANGTHAI": "1",
        "LOAITTHC": "TTHC được luật giao quy định chi tiết",
        "MucDo": "Toàn trình",
        "CAPTHUCHIEN": ["Cấp Xã"],
        "LINHVUCTHUCHIEN": [{"MALINHVUC": "HT", "TENLINHVUC": "Hộ tịch"}],
        "DOITUONGTHUCHIEN": [{"MADOITUONG": "1", "TENDOITUONG": "Công dân Việt Nam"}],
        "YEUCAU": "Không có thông tin",
        "CACHTHUCTHUCHIEN": [
            channel(1, 1, "Ngày làm việc", fee(0), fee("5.000", "đăng ký quá hạn")),
            channel("2", "2", "Ngày làm việc", fee(0)),
        ],
        "THANHPHANHOSO": [
            {
                "TRUONGHOP": "",
                "GIAYTO": [
                    {"MAGIAYTO": "KQ.1", "TENGIAYTO": "Giấy chứng sinh", "SOBANCHINH": "1"},
                    {"TENGIAYTO": "Tờ khai đăng ký khai sinh", "SOBANCHINH": 1, "URL": "https://a"},
                ],
            }
        ],
        "KHONGRO": {"lạ": 1},
        **more,
    }


def fee(amount: Any, note: str = "") -> Raw:
    return {"MAPHILEPHI": "", "SOTIEN": amount, "DONVI": "Đồng", "MOTA": note}


def channel(kind: Any, time: Any, unit: str, *fees: Raw) -> Raw:
    return {
        "KENH": kind,
        "THOIGIAN": [
            {"THOIGIANGIAIQUYET": time, "DONVITINH": unit, "MOTA": "", "PHILEPHI": [*fees]}
        ],
    }


def package(*records: Raw) -> bytes:
    return json.dumps({"result": records}, ensure_ascii=False).encode()


def options(day: str = "2026-01-01", decision: str = "QĐ 1/2026", **more: Any) -> Options:
    return Options(effective_on=date.fromisoformat(day), decision=decision, agency="Bộ", **more)


async def brought(tx: Transaction, content: bytes, asked: Options, name: str = "a.json") -> Import:
    """Bring and validate a file, as the worker would."""
    entered = await imports.bring(tx, asked, name, content)
    return await imports.validate(tx, entered, [(name, BytesIO(content))])


def house_of(modules: Sequence[Module], settings: Settings) -> House:
    """The house that the front door belongs to, keys and all."""
    ours: Any = settings[HouseSettings]
    return House(providers=gather(modules, settings), data_dir=ours.data_dir)


@pytest_asyncio.fixture(loop_scope="session")
async def as_job(
    database: DatabaseUrls, modules: Sequence[Module], settings: Settings, clock: Clock
) -> AsyncGenerator[Callable[..., Any]]:
    """Open a transaction of a job, which commits."""
    pool = Pool(database.job, size=1)
    house = house_of(modules, settings)

    @asynccontextmanager
    async def opened() -> AsyncGenerator[Transaction]:
        async with pool.connection() as connection, connection.transaction():
            await connection.execute("select set_config('tinhs.kind', 'job', true)")
            yield Transaction(connection, house, clock.now, Principal(kind="job"))

    yield opened
    await pool.close()


@pytest.fixture
def publish(as_job: Callable[..., Any], clock: Clock) -> Callable[..., Awaitable[Import]]:
    """Bring a file and apply it, and let two seconds pass, so that every process has seen it."""

    async def call(content: bytes, asked: Options, name: str = "a.json") -> Import:
        async with as_job() as tx:
            read = await brought(tx, content, asked, name)
            applied = await imports.apply(tx, read.id, ())
        clock.advance(seconds=3)
        return applied

    return call


@pytest_asyncio.fixture(loop_scope="session")
async def work(
    database: DatabaseUrls, modules: Sequence[Module], settings: Settings, clock: Clock
) -> AsyncGenerator[Callable[[], Awaitable[list[str]]]]:
    """Let a worker do all that waits; return how each piece ended."""
    house = house_of(modules, settings)
    shop = open_workshop(database.job, house, modules, concurrency=2, clock=clock)

    async def drained() -> list[str]:
        return [did.outcome for did in await drain(shop)]

    yield drained
    await shop.pool.close()


class Place:
    """The house as a command meets it, on a connection of its own."""

    def __init__(self, connection: Any, house: House, clock: Clock) -> None:
        self._connection, self._house, self._clock = connection, house, clock

    @asynccontextmanager
    async def transaction(self) -> AsyncGenerator[Transaction]:
        async with self._connection.transaction():
            who = Principal(kind="job")
            yield Transaction(self._connection, self._house, self._clock.now, who)


@pytest.fixture
def invoke(
    client: Client,
    database: DatabaseUrls,
    modules: Sequence[Module],
    settings: Mapping[type[msgspec.Struct], msgspec.Struct],
    clock: Clock,
) -> Invoke:
    """Call a command as a person at the shell would."""

    @asynccontextmanager
    async def shell() -> AsyncGenerator[Place]:
        connection: Any = await asyncpg.connect(database.job)
        try:
            await prepare_connection(connection)
            yield Place(connection, House(providers=gather(modules, settings)), clock)
        finally:
            await connection.close()

    async def call(command: click.Command, *arguments: str) -> Result:
        # A command runs a loop of its own, which needs a thread without one.
        return await asyncio.to_thread(CliRunner().invoke, command, arguments, obj=shell)

    return call
