"""The baselines of `make bench` still answer what the house does: else they cost nothing."""

import asyncio
from collections.abc import AsyncGenerator, Sequence
from importlib import import_module
from pathlib import Path
from typing import Any, Final
from urllib.parse import urlsplit

import httpx
import pytest
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    PublicFormat,
    load_pem_private_key,
)

from backend.host.call import Call, DemoCaller
from backend.host.registry import discover
from backend.kernel import Module
from backend.kernel.database import Connection
from backend.local.roles import DatabaseUrls
from backend.testing import Client
from backend.testing.databases import Templates, of
from backend.work import Workshop
from modules.public_services.demo import load
from tests.bench.guest.tinhs_bench import module as notes
from tests.documents.conftest import data_dir, shop
from tests.identity.test_dev_login import clock, settings

__all__ = ["clock", "data_dir", "settings", "shop"]

NOTE: Final = {"commune_code": "14797", "title": "Ổ gà", "text": "Trước cổng trường."}
PLACE: Final = """
    insert into bench.place (code, name, kind, parent_code) values ('14797', 'Xã', 'commune', '38')
"""
PROCEDURE: Final = "9.001001"
READ, LIST = "/v1/bench/notes/{id}", "/v1/bench/notes?limit=20"
UNIT, MAKE = "/v1/bench/places/14797", "/v1/bench/notes"
TWINS: Final = (
    ("/a/read/{id}", READ),
    ("/c/read/{id}", READ),
    ("/b/read/{id}", READ),
    ("/a/list/notes?limit=20", LIST),
    ("/b/list/notes?limit=20", LIST),
    ("/a/make/notes", MAKE),
    ("/c/make/notes", MAKE),
    ("/b/make/notes", MAKE),
    ("/b/unit/14797", UNIT),
    ("/m/unit/14797", UNIT),
    (f"/b/proc/{PROCEDURE}", f"/v1/public-services/procedures/{PROCEDURE}"),
)


@pytest.fixture(scope="module")
def modules() -> Sequence[Module]:
    return [*discover(guests=()), notes]


@pytest.fixture
async def citizen(client: Client, tmp_path: Path) -> DemoCaller:
    """A citizen's device, signed in at the house."""
    found = DemoCaller(client, "citizen", tmp_path)
    await found.send(Call(method="GET", path="/v1/account"))
    return found


@pytest.fixture
async def bare(
    citizen: DemoCaller,
    client: Client,
    shop: Workshop,
    connection: Connection,
    database: DatabaseUrls,
    templates: Templates,
    monkeypatch: pytest.MonkeyPatch,
    tmp_path: Path,
) -> AsyncGenerator[DemoCaller]:
    """The same device before the baselines, over the house's own rows."""
    await connection.execute(PLACE)
    async with shop.transaction() as tx:
        await load(tx)
    key: Any = load_pem_private_key(citizen._kept.pem.encode(), password=None)
    public = key.public_key().public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo)
    monkeypatch.setenv("BENCH_PUBLIC_PEM", public.decode())
    monkeypatch.setenv("BENCH_RUNTIME_URL", database.runtime)
    name = urlsplit(database.owner).path.removeprefix("/")
    monkeypatch.setenv("BENCH_PLAIN_URL", of(templates.dsn, name))
    app = import_module("tests.bench.bare").application()
    inbox, outbox = asyncio.Queue[Any](), asyncio.Queue[Any]()
    life = asyncio.create_task(app({"type": "lifespan"}, inbox.get, outbox.put))
    await inbox.put({"type": "lifespan.startup"})
    await outbox.get()
    transport = httpx.ASGITransport(app)
    async with httpx.AsyncClient(transport=transport, base_url=client.base_url) as asked:
        yield DemoCaller(asked, "citizen", tmp_path)
    await inbox.put({"type": "lifespan.shutdown"})
    await life


async def test_each_baseline_answers_as_the_house_does(
    citizen: DemoCaller, bare: DemoCaller
) -> None:
    async def asked(of: DemoCaller, path: str) -> httpx.Response:
        if path.endswith("/notes"):
            return await of.send(Call(method="POST", path=path, json=NOTE))
        return await of.send(Call(method="GET", path=path.format(id=note)))

    note = ""
    note = (await asked(citizen, MAKE)).json()["id"]
    for path, house in TWINS:
        theirs, ours = await asked(bare, path), await asked(citizen, house)
        assert theirs.status_code == ours.status_code, path
        assert ours.status_code in {200, 201}, house
        if "/proc/" not in path:
            assert theirs.json().keys() == ours.json().keys(), path
