"""Every route of the house × every kind of caller: who comes in, and who does not."""

from collections.abc import Callable, Iterator
from typing import Any
from uuid import uuid4

import pytest
from litestar.handlers import HTTPRouteHandler

from backend.host.registry import discover
from backend.kernel import Anyone, Scope, requires
from backend.testing import Caller

KINDS = (
    "nobody",
    "citizen",
    "citizen without the scope",
    "officer",
    "officer of no role",
    "administrator",
    "partner",
    "partner without a purpose",
)


def routes() -> Iterator[tuple[str, HTTPRouteHandler]]:
    """Return (prefix of the address, route) of every route of the house."""
    for module in discover(guests=()):
        for route in module.routes:
            yield f"/v1/{module.name.replace('_', '-')}", route
        for route in (*module.root, *module.console.public):
            yield "", route
        for route in module.console.pages:
            yield f"/console/{module.name.replace('_', '-')}", route
        for route in module.console.account:
            yield f"/account/{module.name.replace('_', '-')}", route


def door(route: HTTPRouteHandler) -> requires | Anyone:
    (found,) = (guard for guard in route.guards or () if isinstance(guard, requires | Anyone))
    return found


def address(prefix: str, route: HTTPRouteHandler) -> str:
    """Return a path of the route where nothing lies: ids that nobody has."""
    path = min(route.paths)
    parts = [_nothing(part) if part.startswith("{") else part for part in path.split("/") if part]
    return "/".join([prefix, *parts])


def _nothing(parameter: str) -> str:
    kind = parameter.strip("{}").partition(":")[2]
    return {"uuid": str(uuid4()), "int": "0"}.get(kind, "99999")


@pytest.fixture
def callers(
    client: Any,
    as_citizen: Callable[..., Caller],
    as_staff: Callable[..., Caller],
    as_partner: Callable[..., Caller],
) -> Callable[[str, Scope | None], Any]:
    def caller(kind: str, scope: Scope | None) -> Any:
        scopes = () if scope is None else (scope,)
        roles = sorted(scope.roles) if scope is not None else []
        purpose = min(scope.purposes, default=None) if scope is not None else None
        return {
            "nobody": lambda: client,
            "citizen": lambda: as_citizen(*scopes),
            "citizen without the scope": as_citizen,
            "officer": lambda: as_staff(*roles, areas=["38"]),
            "officer of no role": lambda: as_staff(areas=["38"]),
            "administrator": lambda: as_staff("admin"),
            "partner": lambda: as_partner(*scopes, purpose=purpose),
            "partner without a purpose": lambda: as_partner(*scopes),
        }[kind]()

    return caller


async def send(caller: Any, method: str, path: str) -> Any:
    call = caller.send if isinstance(caller, Caller) else caller.request
    return await call(method, path)


def expected(kind: str, found: requires | Anyone, path: str) -> set[int] | None:
    """Return the statuses of a closed door, or None where it must be open."""
    if isinstance(found, Anyone):
        return None
    if path.startswith("/account") and kind in {"officer", "officer of no role", "administrator"}:
        kind = "nobody"  # to whom a cookie of the console is of no use
    if kind == "nobody":
        return {303} if path.startswith(("/console", "/account")) else {401}  # shown the door
    if kind == "citizen" and "citizen" in found.scope.kinds:
        return None
    if kind == "officer" and "staff" in found.scope.kinds:
        return None
    if kind == "administrator" and "admin" in found.scope.roles:
        return None
    if kind == "partner" and "partner" in found.scope.kinds:
        return None
    if kind == "partner without a purpose" and "partner" in found.scope.kinds:
        return {403} if found.scope.purposes else None
    return {403}


@pytest.mark.parametrize(
    ("prefix", "route"),
    list(routes()),
    ids=[f"{prefix}:{route.handler_name}" for prefix, route in routes()],
)
async def test_a_door_opens_for_those_it_names_and_for_nobody_else(
    prefix: str, route: HTTPRouteHandler, callers: Callable[[str, Scope | None], Any]
) -> None:
    found = door(route)
    scope = found.scope if isinstance(found, requires) else None
    (method,) = route.http_methods

    for kind in KINDS:
        answer = await send(callers(kind, scope), method, address(prefix, route))

        closed = expected(kind, found, address(prefix, route))
        if closed is None:
            # Behind an open door a handler may judge a signature of its own; the door did not.
            is_shut = scope is not None or "/kernel/" in answer.text
            assert answer.status_code not in {401, 403} or not is_shut, f"{kind}: {answer.text}"
        else:
            assert answer.status_code in closed, f"{kind}: {answer.status_code}"
        assert answer.status_code < 500, f"{kind}: {answer.text}"


SAFE = {
    "x-content-type-options": "nosniff",
    "x-frame-options": "DENY",
    "referrer-policy": "no-referrer",
    "content-security-policy": "default-src 'none'",
}
SAFE_PAGE = {"cross-origin-opener-policy": "same-origin", "permissions-policy": "geolocation=()"}


async def test_every_address_answers_with_what_keeps_a_browser_safe(client: Any) -> None:
    """As `curl -I` shows it, also where nothing lies and where nobody comes in."""
    read = [(prefix, route) for prefix, route in routes() if "GET" in route.http_methods]
    known = {address(prefix, route) for prefix, route in read}

    bare: list[tuple[str, str]] = []
    for path in sorted({*known, "/", "/docs", "/developers", "/problems", "/status"}):
        answer = await client.head(path, headers={"Accept": "text/html"})
        told = answer.headers
        is_page = told.get("content-type", "")[:9] == "text/html" and not answer.is_redirect
        held = {**SAFE, **(SAFE_PAGE if is_page else {})}
        bare += [(path, name) for name, text in held.items() if text not in told.get(name, "")]
        bare += [(path, "unsafe")] if "unsafe" in told["content-security-policy"] else []

    assert len(known) > 150
    assert bare == []
