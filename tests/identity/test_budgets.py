"""The budgets that many share: the whole province, and who counts as a crowd."""

import asyncio
from collections.abc import Mapping
from typing import Any

import asyncpg
import msgspec
import pytest

from backend.host.settings import Settings
from backend.identity.addresses import Crowds
from backend.identity.jobs import SWEEP
from backend.identity.settings import Settings as SignIn
from backend.kernel import Transaction
from backend.kernel.database import Connection
from backend.testing import Clock
from tests.identity.phone_app import CALLBACK, NewApp, PhoneApp

PER_HOUR = 12
numbers = iter(range(50_000_000, 99_999_999, 10_000))


@pytest.fixture(scope="module")
def settings(settings: Mapping[type, msgspec.Struct]) -> Mapping[type, msgspec.Struct]:
    ours: Any = settings[Settings]
    sign_in = SignIn(
        sms_senders=("file",),
        app_redirect_uris=(CALLBACK,),
        sms_per_hour=PER_HOUR,
        sms_work_from_percent=100,
        sms_per_day=PER_HOUR + 25,
        carrier_networks=("10.0.0.0/8",),
    )
    return {**settings, SignIn: sign_in, Settings: msgspec.structs.replace(ours, database_pool=30)}


async def phones(new_app: NewApp, many: int) -> list[PhoneApp]:
    first = new_app()
    found = []
    for number in range(many):
        if number % 25 == 0:
            first.clock.advance(minutes=1)
        found.append(await first.beside().begin())
    return found


async def status(app: PhoneApp, phone: str, address: str) -> int:
    headers = {
        "Cookie": f"__Host-ix={app.cookie}",
        "Sec-Fetch-Site": "same-origin",
        "X-Forwarded-For": address,
    }
    answer = await app.client.post(f"{app.path}/phone", data={"phone": phone}, headers=headers)
    return answer.status_code


async def sends(connection: Connection) -> int:
    return await connection.fetchval("select count(*) from identity.otp_challenge")


async def test_the_province_spends_no_more_than_it_has(
    new_app: NewApp, connection: Connection, clock: Clock
) -> None:
    clock.advance(days=2)
    apps, before = await phones(new_app, 30), await sends(connection)

    statuses = await asyncio.gather(
        *(
            status(app, f"+849{next(numbers)}", f"192.0.{number}.1")
            for number, app in enumerate(apps)
        )
    )

    assert sorted(statuses) == [303] * PER_HOUR + [429] * 18
    assert await sends(connection) == before + PER_HOUR


async def test_what_is_refused_uses_up_nothing(
    new_app: NewApp, connection: Connection, clock: Clock
) -> None:
    clock.advance(days=2)
    apps = await phones(new_app, PER_HOUR + 2)
    *some, refused, other = apps
    for number, app in enumerate(some):
        await status(app, f"+849{next(numbers)}", f"192.0.{number}.1")
    phone = f"+849{next(numbers)}"

    assert await status(refused, phone, "192.0.99.1") == 429
    clock.advance(minutes=5)  # the province has one to give again
    assert await status(other, phone, "192.0.99.1") == 303


@pytest.mark.parametrize(
    ("caller", "crowded"),
    [
        ("10.1.2.3", True),
        ("11.1.2.3", False),
        ("2001:db8:1:2::/64", True),
        ("2001:db9::/64", False),
        ("", False),
        ("unix", False),
    ],
)
def test_a_crowd_is_where_the_operator_says(caller: str, *, crowded: bool) -> None:
    assert Crowds(["10.0.0.0/8", "2001:db8::/32"]).hold(caller) is crowded


async def test_what_is_over_is_forgotten(
    new_app: NewApp, connection: Connection, clock: Clock, tx: Transaction
) -> None:
    clock.advance(days=2)
    app = new_app()
    await app.sign_in(f"+849{next(numbers)}")
    counted = "select count(*) from identity."
    tables = ("pushed_request", "interaction", "code", "otp_challenge")
    before = [await connection.fetchval(counted + table) for table in tables]

    clock.advance(days=1, minutes=11)
    tx.now = clock.now
    await SWEEP.run(tx)

    left = [await tx._connection.fetchval(_LEFT[table]) for table in tables]
    assert all(before)
    assert left == [0, 0, 0, 0]
    assert await connection.fetchval(counted + "session")


# The worker may not count what it may not read.
_LEFT = {
    "pushed_request": "select count(hash) from identity.pushed_request",
    "interaction": "select count(id) from identity.interaction",
    "code": "select count(hash) from identity.code",
    "otp_challenge": "select count(id) from identity.otp_challenge",
}


async def test_the_worker_reads_no_secret_of_a_sign_in(tx: Transaction) -> None:
    for secret in (
        "select phone_enc from identity.interaction",
        "select mac from identity.otp_challenge",
        "select person_id from identity.code",
        "select value_enc from identity.person_phone",
        "select wrapped from identity.subject_key",
    ):
        await tx._connection.execute("savepoint before")
        with pytest.raises(asyncpg.InsufficientPrivilegeError):
            await tx._connection.fetch(secret)
        await tx._connection.execute("rollback to savepoint before")
