"""Each page against the route table: what has no twin, and what a stranger finds behind it."""

import ast
import inspect
import textwrap
from collections.abc import Awaitable, Callable, Iterator, Mapping
from typing import Any, get_type_hints
from uuid import uuid4

import pytest
from litestar.handlers import HTTPRouteHandler

from backend.kernel import Anyone, Transaction, requires
from backend.testing import Caller
from contracts.demo import HAC_THANH, SAM_SON, agency_of
from modules.feedback import module
from modules.feedback.handlers.buttons import COMPARING, DESK, WORKING
from modules.feedback.scopes import TRIAGE, WORK
from modules.feedback.service import coordination

from .conftest import LIGHTING
from .staging import REQUESTS, WHY

Act = Callable[..., Awaitable[Any]]
Service = Callable[..., Any]

BUTTONS = [
    (scope, call, act)
    for scope, table in ((TRIAGE, DESK), (TRIAGE, COMPARING), (WORK, WORKING))
    for call, act in table.items()
]
SENDING = [
    route
    for route in (*module.console.pages, *module.console.account)
    if route.http_methods != {"GET"}
]
WORDS = "Con dốc trơn trượt cạnh nhà bà Tám, ai cũng ngã."


def scope_of(route: HTTPRouteHandler) -> Any:
    (door,) = (each for each in route.guards or () if isinstance(each, requires | Anyone))
    return door.scope if isinstance(door, requires) else None


def named(function: Service) -> Iterator[Any]:
    """Yield whatever a function's text names: functions, modules' functions, tables of them."""
    known = inspect.unwrap(function).__globals__
    tree = ast.parse(textwrap.dedent(inspect.getsource(function)))
    for node in ast.walk(tree):
        if isinstance(node, ast.Name):
            found = known.get(node.id)
            yield from found.values() if isinstance(found, dict) else (found,)
        if isinstance(node, ast.Attribute) and isinstance(node.value, ast.Name):
            yield getattr(known.get(node.value.id), node.attr, None)


def changes(function: Service, seen: set[Any] | None = None) -> set[Service]:
    """Return the functions below a handler that take a transaction, and so may change something."""
    seen = set() if seen is None else seen
    found: set[Service] = set()
    for each in named(function):
        if not inspect.isfunction(each) or each in seen:
            continue
        seen.add(each)
        if ".handlers." in each.__module__:
            found |= changes(each, seen)
        elif ".feedback." in each.__module__ and Transaction in get_type_hints(each).values():
            found.add(each)
    return found


def twins(scope: Any) -> set[Service]:
    """Return what routes behind the same door may change."""
    routes = [each for each in module.routes if scope_of(each) is scope]
    if scope is not None and scope.kinds == {"citizen"}:
        # What anonymous reporters may do too asks for a token behind an open door.
        routes += [each for each in module.routes if scope_of(each) is None]
    offered = set[Service]().union(*(changes(route.fn) for route in routes))
    return offered.union(*(changes(each) for each in offered))


def require_twins(scope: Any, wanted: set[Service]) -> None:
    offered = twins(scope)
    for each in wanted - offered:
        # Two steps in one: each of them has its own route.
        steps = {step for step in changes(each) if step.__module__ == each.__module__}
        assert steps, f"{each.__name__} has no twin"
        assert steps <= offered, f"{each.__name__} has no twin"


@pytest.mark.parametrize(
    ("scope", "call", "act"), BUTTONS, ids=[f"{scope.name}-{call}" for scope, call, _ in BUTTONS]
)
def test_each_button_has_a_route_with_the_same_door_that_does_the_same(
    scope: Any, call: str, act: Service
) -> None:
    wanted = changes(act)

    assert wanted, f"{call} changes nothing"
    require_twins(scope, wanted)


@pytest.mark.parametrize("route", SENDING, ids=[route.handler_name for route in SENDING])
def test_each_form_has_a_route_with_the_same_door_that_does_the_same(
    route: HTTPRouteHandler,
) -> None:
    wanted = changes(route.fn)

    assert wanted, f"{route.handler_name} changes nothing"
    require_twins(scope_of(route), wanted)


def test_a_button_without_a_twin_is_noticed() -> None:
    with pytest.raises(AssertionError, match="release_idle has no twin"):
        require_twins(TRIAGE, {coordination.release_idle})


def about_a_report() -> Iterator[tuple[str, HTTPRouteHandler]]:
    """Yield (where it lies, route) of everything that is asked by a report's id or code."""
    for prefix, routes in (
        ("/v1/feedback", module.routes),
        ("/console/feedback", module.console.pages),
        ("/account/feedback", module.console.account),
        ("", module.console.public),
    ):
        for route in routes:
            if any(name in path for path in route.paths for name in ("{report_id", "{code")):
                yield prefix, route


def about_all() -> Iterator[tuple[str, HTTPRouteHandler]]:
    """Yield (where it lies, route) of everything that lists, counts or draws reports."""
    for prefix, routes in (
        ("/v1/feedback", module.routes),
        ("/console/feedback", module.console.pages),
        ("", module.console.public),
    ):
        for route in routes:
            if route.http_methods == {"GET"} and "{" not in min(route.paths):
                yield prefix, route


def address(prefix: str, route: HTTPRouteHandler, report: Mapping[str, str]) -> str:
    """Return where it lies for this report; what else is asked for does not exist."""
    known = {"report_id": report["id"], "code": report["code"], "call": "claim"}
    parts: list[str] = []
    for part in min(route.paths).split("/"):
        name, _, kind = part.strip("{}").partition(":")
        nothing = str(uuid4()) if kind == "uuid" else "14797"
        parts.append(known.get(name, nothing) if part.startswith("{") else part)
    return prefix + "/".join(parts).rstrip("/")


def request_of(prefix: str, route: HTTPRouteHandler) -> dict[str, Any]:
    """Return the rest of a request that would do something to a report of one's own."""
    last = min(route.paths).rsplit("/", 1)[-1]
    wished = next((each for each in REQUESTS.values() if each.path == last and each.body), None)
    body = {"text": WHY, "version": 1} if wished is None else wished.body
    if not prefix.startswith("/v1"):
        words = {"reason": "other", "agency_id": str(agency_of(HAC_THANH)), "queue": ""}
        return {"data": {"version": "1", "text": WHY, "source_digest": "0" * 64, **words}}
    return {"json": body, "params": {"reason": WHY}, "headers": {"If-Match": '"1"'}}


@pytest.fixture
async def kept_apart(citizen: Caller, file: Act, moderator: Caller, act: Act) -> Any:
    """A private report that an agency deals with."""
    filed = (await file(citizen, text=WORDS, wish="not_public")).json()
    await act(moderator, "desk", filed, "claim")
    given = await act(moderator, "desk", filed, "assignments", json={})
    assert given.status_code == 200, given.text
    return filed


async def test_an_officer_of_elsewhere_cannot_tell_a_report_from_nothing(
    kept_apart: Any, as_staff: Callable[..., Caller]
) -> None:
    everything = ("moderator", "officer", "lead", "identity_desk", "admin")
    strangers = {
        "another area": as_staff(*everything, areas=[SAM_SON], agency_id=agency_of(SAM_SON)),
        "another agency": as_staff("officer", areas=[HAC_THANH], agency_id=LIGHTING),
    }
    nobodys = {"id": str(uuid4()), "code": "PA-7K3M9Q"}
    leaks: list[str] = []
    asked = 0

    for who, stranger in strangers.items():
        for prefix, route in about_a_report():
            (method,) = route.http_methods - {"HEAD"}
            more = {} if method == "GET" else request_of(prefix, route)
            theirs, none = [
                await stranger.send(method, address(prefix, route, each), **more)
                for each in (kept_apart, nobodys)
            ]
            asked += 1
            where = f"{who}: {method} {prefix}{min(route.paths)}: {theirs.status_code}"
            if theirs.status_code != none.status_code or WORDS in theirs.text:
                leaks.append(f"{where}, of nothing {none.status_code}")
            if theirs.status_code < 300 and method != "GET":
                leaks.append(f"{where} was done")

    assert leaks == []
    assert asked > 100


async def test_no_list_names_a_report_to_an_officer_of_elsewhere(
    kept_apart: Any, as_staff: Callable[..., Caller], moderator: Caller
) -> None:
    everything = ("moderator", "officer", "lead", "identity_desk", "admin")
    stranger = as_staff(*everything, areas=[SAM_SON], agency_id=agency_of(SAM_SON))
    found = [
        f"{prefix}{min(route.paths)}"
        for prefix, route in about_all()
        for answer in [await stranger.get(f"{prefix}{min(route.paths)}".rstrip("/") or "/")]
        if kept_apart["id"] in answer.text or kept_apart["code"] in answer.text
    ]
    guessed = await stranger.get("/console/feedback/find", params={"code": kept_apart["code"]})
    own = await moderator.get("/console/feedback/find", params={"code": kept_apart["code"]})

    assert found == []
    assert guessed.status_code == 404
    assert own.headers["location"].endswith(kept_apart["id"])
