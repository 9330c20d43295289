"""Whose a dossier is and what somebody typed is nowhere: in no table, no event, no line of a log.

Everything is told through the doors that real people and the real one-stop system use; then each
row of each table is read as whoever steals the disk would read it.
"""

from collections.abc import Awaitable, Callable, Mapping, Sequence
from io import BytesIO
from typing import Any

import msgspec
import pytest

from backend.gateway.logs import Journal, configure
from backend.kernel import Module, Secret, folded
from backend.kernel.database import Connection
from backend.local.roles import DatabaseUrls
from backend.testing import Caller, Client, Clock
from modules.public_services.scopes import OWN_DOSSIERS
from modules.public_services.service import indexing
from modules.public_services.settings import Settings as Ours
from tests.privacy.conftest import superuser
from tests.privacy.test_erasure import dumped
from tests.public_services.conftest import BIRTH, options, package, raw
from tests.public_services.dossiers import dossier, progress
from tests.public_services.test_deliveries import NEW, send

__all__ = ["superuser"]

BASE = "/v1/public-services"
CODE = "H56.22-260105-7777"
NUMBER, PHONE, TAX, RECEIPT = "038197765432", "0987612345", "2801234567", "BN-7731-9942"
CALLED, SHAME, SPACED = "Sương Giáng", "bị bắt nạt", "0987 612 345"
NAME, MAIL, HOME = "Bùi Thị Ngọc Sương", "ngoc.suong@example.vn", "Số 7 ngõ Lê Thánh Tông"
QUERY = "vợ tôi Ngọc Sương số 038197765432 bị bắt nạt vì khai sinh muộn"
PLANTED = (NUMBER, PHONE, TAX, RECEIPT, NAME, CALLED, MAIL, HOME, QUERY, SHAME, SPACED)
_log = BytesIO()


@pytest.fixture(scope="module")
def journal() -> Journal:
    return Journal(_log)


@pytest.fixture(scope="module")
def settings(
    settings: Mapping[type[msgspec.Struct], msgspec.Struct],
    modules: Sequence[Module],
    database: DatabaseUrls,
) -> Mapping[type[msgspec.Struct], msgspec.Struct]:
    return {**settings, Ours: Ours(delivery_secrets=Secret(NEW))}


def delivery() -> bytes:
    """A dossier as systems tell of it: with all about a person that nobody asked for."""
    whose = {"ChuHoSo": NAME, "HoTen": NAME, "Email": MAIL, "DiaChi": HOME}
    numbers = {"SoGiayTo": NUMBER, "SoDienThoai": PHONE, "MaSoThue": TAX, "MaGiayHen": RECEIPT}
    told = f"{NAME}, gọi 0987 612 345 hoặc {PHONE}, CCCD {NUMBER}; lệ phí 1.500.000.000 đồng"
    why = f"MST {TAX} của bà {CALLED}, nhà ở đường Lê Lợi"
    moved = progress(4, "2026-01-05 08:30:00", CODE, NoiDungXuLy=told, LyDo=why, **whose)
    data = {"dossiers": [dossier(CODE, **numbers, **whose)], "progress": [moved]}
    return msgspec.json.encode({"type": "dossiers", "data": data})


async def asked(client: Client) -> list[int]:
    """Ask in one's own words wherever words are asked for."""
    answers = [
        await client.get(f"{BASE}/search", params={"q": QUERY}),
        await client.get(f"{BASE}/suggestions", params={"q": QUERY[:100]}),
        await client.get("/procedures", params={"q": QUERY}),
        await client.post(f"{BASE}/search-outcomes", json={"q": QUERY, "outcome": "unopened"}),
        await client.post(f"{BASE}/procedures/{BIRTH}/votes", json={"opinion": "unclear"}),
    ]
    return [each.status_code for each in answers]


async def looked_up(client: Client) -> list[int]:
    factors = [NUMBER[-6:], PHONE[-6:], TAX[-6:], "000000"]
    answers = [
        await client.post(f"{BASE}/dossier-lookups", json={"code": CODE, "factor": each})
        for each in factors
    ]
    return [each.status_code for each in answers]


async def test_no_name_number_phone_or_question_is_in_any_table_event_or_log(
    client: Client,
    as_citizen: Callable[..., Caller],
    as_job: Callable[..., Any],
    publish: Callable[..., Awaitable[Any]],
    work: Callable[[], Awaitable[list[str]]],
    superuser: Connection,
    clock: Clock,
    journal: Journal,
) -> None:
    configure(journal)
    await publish(package(raw()), options())
    async with as_job() as tx:
        await indexing.rebuild(tx)
    clock.advance(seconds=3)
    watcher = as_citizen(OWN_DOSSIERS)

    taken = await send(client, clock, delivery())
    seen = await looked_up(client)
    said = await asked(client)
    watch = {"basis": "factor", "code": CODE, "factor": NUMBER[-6:]}
    watched = await watcher.post(f"{BASE}/me/watches", json=watch)
    done = {"dossiers": [dossier(CODE, TrangThaiHoSo="9", ThoiDiem="2026-01-06 08:00:00")]}
    await send(client, clock, msgspec.json.encode({"type": "dossiers", "data": done}))
    outcomes = await work()
    journal.flush()
    dump = (await dumped(superuser)).decode(errors="replace")
    log = _log.getvalue().decode()

    assert (taken.json()["accepted"], watched.status_code) == (2, 200)
    assert seen == [200, 200, 200, 404]
    assert said == [200, 200, 200, 204, 204]
    assert set(outcomes) == {"done"}
    assert CODE in dump, "the control: what is kept is found in the dump"
    assert "nhà ở đường Lê Lợi" in dump, "the control: a street is nobody's name"
    assert "1.500.000.000 đồng" in dump, "the control: an officer's words are kept for the owner"
    assert "public_services.dossier-moved.v1" in dump
    assert '"event":"answered"' in log
    for secret in PLANTED:
        for form in {secret, secret.lower(), folded(secret), secret.encode().hex()}:
            assert form not in dump, secret
            assert form not in log, secret
