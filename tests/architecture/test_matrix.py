"""Every route that names a row × everybody whose row it is not: to them it is not there.

`test_doors` asks each route as every kind of caller about nothing; here the rows exist. Each module
lends its own (`<package>/testing.py`, `contracts.samples`): rows of one citizen, or in one commune,
and what its routes take, so that the row is what decides. A new route that names something has to
be in one of them.
"""

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any, Final
from uuid import uuid4

import msgspec
import pytest
from litestar.handlers import HTTPRouteHandler

from backend.host.registry import discover
from backend.kernel import Anyone, Module, Scope, requires
from backend.testing import Caller, Client
from backend.testing.samples import Company, company, named
from contracts.demo import SAM_SON, agency_of, demo_id
from contracts.samples import Samples
from modules.notifications.settings import Settings as Notifications
from tests.architecture import described
from tests.installed import with_reports

pytestmark = with_reports

__all__ = ["company"]

PARAMETER: Final = re.compile(r"\{\w+:\w+\}")
MODULES: Final = discover(guests=())
SCOPES: Final = [scope for module in MODULES for scope in module.scopes]
ROLES: Final = sorted({role for scope in SCOPES for role in scope.roles})
NAMED: Final = named(MODULES)


@pytest.fixture(scope="module")
def modules() -> Sequence[Module]:
    return MODULES


@pytest.fixture(scope="module")
def settings(settings: Mapping[type, msgspec.Struct]) -> Mapping[type, msgspec.Struct]:
    """A house in which messages may go out."""
    return {**settings, Notifications: Notifications(senders=("file",))}


def routes() -> Iterator[tuple[str, str, Scope | None]]:
    """Return (method, address, scope of the door) of every route whose address names something."""
    for module in MODULES:
        name = module.name.replace("_", "-")
        for prefix, each in (
            (f"/v1/{name}", module.routes),
            ("", (*module.root, *module.console.public)),
            (f"/console/{name}", module.console.pages),
            (f"/account/{name}", module.console.account),
        ):
            for route in each:
                (method,) = route.http_methods
                for path in sorted(route.paths):
                    if "{" in path:
                        yield method, f"{prefix}{path}", scope_of(route)


def scope_of(route: HTTPRouteHandler) -> Scope | None:
    (door,) = (guard for guard in route.guards or () if isinstance(guard, requires | Anyone))
    return door.scope if isinstance(door, requires) else None


def first_of(address: str, ends: Sequence[str]) -> str:
    """Return which of the ends the address has at its first parameter, or nothing."""
    head = address[: address.index("}") + 1]
    return max((end for end in ends if f"/{head}".endswith(end)), key=len, default="")


def test_a_route_that_nobody_thought_of_is_noticed() -> None:
    assert first_of("/v1/clinic/visits/{visit_id:uuid}", tuple(NAMED)) == ""


OFFICERS: Final = ("an officer of elsewhere", "an administrator")


@pytest.fixture
def employer(as_citizen: Callable[..., Caller]) -> Caller:
    """The other side of the contract that `documents` lends."""
    scopes = [scope for scope in SCOPES if "citizen" in scope.kinds]
    return as_citizen(*scopes, ial=2, acr="aal2", person_id=demo_id("person", "citizen-parent"))


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


# --- who sees what --------------------------------------------------------------------------------


def is_bound(scope: Scope | None) -> bool:
    """Tell whether a rule looks at the row, and not at the caller alone."""
    return scope is None or scope.rule is None or "=" in scope.rule.sql(1)[0]


def filled(address: str, rows: Mapping[str, str]) -> str:
    """Return the address with every parameter that a sample is there for; other words stay."""

    def value(found: re.Match[str]) -> str:
        head = address[: found.end()]
        return rows.get(max((end for end in rows if head.endswith(end)), key=len, default=""), "x")

    return PARAMETER.sub(value, address)


def nobodys(end: str, value: str) -> str:
    """Return what names no row; a word that says what to do with one stays as it is."""
    if end.endswith(":int}"):
        return "1"
    is_word = end.startswith("{") or end.count("{") > 1
    return value if is_word else str(uuid4())


def heard(answer: Any) -> tuple[int, str]:
    """Return all that an answer may tell a stranger: its status, and which problem it is."""
    if answer.headers.get("content-type", "").startswith("application/problem+json"):
        return answer.status_code, answer.json()["type"]
    return answer.status_code, ""


def ends_most(route: tuple[str, str, Scope | None]) -> tuple[bool, bool]:
    """Put what takes rows away last, and the session that asks after all others."""
    method, address, _ = route
    return method == "DELETE", "sessions" in address


async def ask(
    caller: Any, method: str, address: str, rows: Mapping[str, str], lent: Samples
) -> tuple[int, str]:
    """Send what is right in everything but, perhaps, who sends it."""
    content = described.body(method, address)
    least: Mapping[str, Any] = {} if content is None else {"json": content}
    more = dict(lent.asked.get(f"{method} {address}", least))
    headers = {"If-Match": '"1"', "Idempotency-Key": uuid4().hex, **more.pop("headers", {})}
    send = caller.send if isinstance(caller, Caller) else caller.request
    return heard(await send(method, filled(address, rows), headers=headers, **more))


async def test_to_a_stranger_a_row_is_not_there(
    company: Company, strangers: Mapping[str, Any], employer: Caller
) -> None:
    """And its owner finds it, or the test would prove nothing."""
    lent = await company.samples()
    rows, known = lent.names, (*lent.names, *NAMED)
    nothing = {end: nobodys(end, value) for end, value in rows.items()}
    tried = [each for each in routes() if first_of(each[1], known) in rows]
    told: list[object] = []
    mute: set[str] = set()

    for method, address, scope in tried:
        for who, stranger in strangers.items():
            if who in OFFICERS and not is_bound(scope):
                continue
            real, none = [
                await ask(stranger, method, address, ids, lent) for ids in (rows, nothing)
            ]
            is_shown = real[0] < 300 and f"{method} {address}" not in lent.silent
            if real != none or is_shown:
                told.append((who, method, address, real, none))
    for method, address, scope in sorted(tried, key=ends_most):
        kinds = {"citizen"} if scope is None else scope.kinds
        owners: list[Any] = [company.citizen, employer] if "citizen" in kinds else []
        owners += [company.officer] if "staff" in kinds else []
        found = [
            [await ask(owner, method, address, ids, lent) for ids in (rows, nothing)]
            for owner in owners
        ]
        if all(real == none for real, none in found):
            mute.add(f"{method} {address}")

    addresses = {address for _, address, _ in routes()}
    assert [address for address in addresses if not first_of(address, known)] == []
    assert [end for end in known if not any(end in address for address in addresses)] == []
    assert told == []
    assert mute ^ set(lent.silent) == set()
