"""The samples that modules lend (`contracts.samples`): found, made, and asked for by others."""

from collections.abc import AsyncGenerator, Awaitable, Callable, Iterator, Mapping, Sequence
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from importlib import import_module
from importlib.util import find_spec
from types import ModuleType
from typing import Any, Final, cast
from uuid import uuid4

import msgspec
import pytest

from backend.host.registry import gather
from backend.host.settings import Settings
from backend.identity.authority import Authority
from backend.identity.people.recording import record_identifier, record_who
from backend.kernel import House, Module, Principal, Scope, Transaction
from backend.kernel.pool import Pool
from backend.local.roles import DatabaseUrls
from backend.testing.callers import Caller, Client
from backend.testing.clock import Clock
from contracts.demo import HAC_THANH, agency_of, demo_id
from contracts.samples import Samples

HOLDER: Final = demo_id("person", "citizen-verified")
"""Whose the samples are: the demo's phones sign for this person, too."""

_NUMBER: Final = "038000000002"


def testing_of(module: Module) -> ModuleType | None:
    """Return the `testing.py` beside a manifest, if there is one."""
    name = f"{module.package}.testing"
    return import_module(name) if module.package and find_spec(name) else None


def named(modules: Sequence[Module]) -> dict[str, str]:
    """Return every end of an address that has no stranger, and why."""
    return {
        end: why
        for module in modules
        for end, why in getattr(testing_of(module), "NAMED", {}).items()
    }


def signed_in(as_citizen: Callable[..., Caller], modules: Sequence[Module]) -> Caller:
    """Return the person whose the samples are, holding every scope of citizens."""
    scopes = [scope for scope in _scopes(modules) if "citizen" in scope.kinds]
    return as_citizen(*scopes, ial=2, acr="aal2", person_id=HOLDER)


def at_work(as_staff: Callable[..., Caller], modules: Sequence[Module]) -> Caller:
    """Return the officer in whose commune and agency the samples lie, holding every role."""
    roles = sorted({role for scope in _scopes(modules) for role in scope.roles})
    return as_staff(*roles, areas=[HAC_THANH], agency_id=agency_of(HAC_THANH))


def _scopes(modules: Sequence[Module]) -> Iterator[Scope]:
    return (scope for module in modules for scope in module.scopes)


class Company:
    """Provides `contracts.samples.Cast`."""

    def __init__(
        self,
        citizen: Caller,
        officer: Caller,
        modules: Sequence[Module],
        house: Callable[[], AbstractAsyncContextManager[Transaction]],
        authority: Authority,
        drain: Callable[[], Awaitable[Any]],
    ) -> None:
        self.citizen, self.officer = citizen, officer
        self._modules, self._house, self._authority = modules, house, authority
        self._drain, self._seeded = drain, set[str]()

    async def made(self, who: Any, path: str, *, method: str = "POST", **more: Any) -> Any:
        """Send what makes something; see `contracts.samples.Cast`."""
        headers = {"If-Match": '"1"', "Idempotency-Key": uuid4().hex, **more.pop("headers", {})}
        answer = await who.send(method, path, headers=headers, **more)
        assert answer.status_code in {200, 201, 202, 204}, (path, answer.text)
        return answer

    def house(self, *, sign_in: bool = False) -> AbstractAsyncContextManager[Any]:
        """Lend a transaction; see `contracts.samples.Cast`."""
        return self._authority.transaction() if sign_in else self._house()

    async def seeded(self, *modules: str) -> None:
        """Tell demo stories once; see `contracts.samples.Cast`."""
        missing = set(modules) - self._seeded
        self._seeded |= missing
        for module in self._modules:
            if module.name in missing and module.seed is not None:
                async with self._house() as tx:
                    await module.seed(tx)
        if missing:
            await self._drain()

    async def work(self) -> None:
        """Do all work that is due."""
        await self._drain()

    async def samples(self) -> Samples:
        """Let every module make its samples; return them all as one.

        Raises `AssertionError` where two modules lend a sample of the same name.
        """
        await self._known()
        lent = [
            await kit.samples(self) for kit in map(testing_of, self._modules) if kit is not None
        ]
        return Samples(
            names=_united(each.names for each in lent),
            asked=_united(each.asked for each in lent),
            silent=_united(each.silent for each in lent),
        )

    async def _known(self) -> None:
        """Let the account be known by its name and number."""
        await self.citizen.send("GET", "/v1/account")
        async with self._authority.transaction() as tx:
            await record_who(tx, HOLDER, name="Lê Văn Minh", birth_date="1998-02-28")
            await record_identifier(tx, HOLDER, "national_id", _NUMBER, source="counter")


def _united(maps: Iterator[Mapping[str, Any]]) -> dict[str, Any]:
    united: dict[str, Any] = {}
    for each in maps:
        assert not united.keys() & each.keys(), united.keys() & each.keys()
        united |= each
    return united


@pytest.fixture
def company(
    client: Client,
    as_citizen: Callable[..., Caller],
    as_staff: Callable[..., Caller],
    modules: Sequence[Module],
    settings: Mapping[type[msgspec.Struct], msgspec.Struct],
    database: DatabaseUrls,
    clock: Clock,
    drain: Callable[[], Awaitable[Any]],
) -> Company:
    """Whose all samples are; `await company.samples()` makes them."""
    ours = cast("Settings", settings[Settings])
    house = House(
        providers=gather(modules, settings), base_url=ours.base_url, data_dir=ours.data_dir
    )

    @asynccontextmanager
    async def transaction() -> AsyncGenerator[Transaction]:
        pool = Pool(database.job, size=1)
        async with pool.connection() as connection, connection.transaction():
            await connection.execute("select set_config('tinhs.kind', 'job', true)")
            yield Transaction(connection, house, clock.now, Principal(kind="job"))
        await pool.close()

    citizen, officer = signed_in(as_citizen, modules), at_work(as_staff, modules)
    authority: Authority = client.app.state.authority
    return Company(citizen, officer, modules, transaction, authority, drain)
