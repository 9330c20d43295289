"""What is asked of every subject, and which ratio is the goal."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Final
from uuid import uuid4

import msgspec

from tests.bench import province, rows
from tests.bench.caller import at_work, wire
from tests.bench.measure import Subject
from tests.bench.servers import BARE, CROWDED, DJANGO, FASTAPI, HOUSE, World

A: Final = "A  same statements, bare"
A_CHECKED: Final = "A  and one ES256 check"
B: Final = "B  one statement, bare"
M: Final = "M  from memory, bare"

_RING: Final = 2000
"""Different requests of a round: more than any cache of addresses on the way holds."""

_DEEP: Final = 1000

_TEXT: Final = "Đường hư hỏng nặng sau mưa lớn, đề nghị xã sớm kiểm tra và khắc phục. " * 4
_DRAFT: Final = msgspec.json.encode(
    {"commune_code": "14797", "title": "Ổ gà lớn trước cổng trường", "text": _TEXT.strip()}
)


class Scenario(msgspec.Struct, frozen=True, kw_only=True):
    """One kind of request, done by several subjects; the first of them is ours."""

    name: str
    title: str
    subjects: Sequence[Subject]
    goals: Mapping[str, float] = {}
    """Subject → how many times its answers a second ours should be."""
    connections: int = 16
    in_haste: bool = False
    """Whether it is measured in a quick run, too."""


def scenarios(world: World) -> list[Scenario]:
    """Return everything that `make bench` measures under load."""
    return [
        _signed_read(world),
        _one_caller(world),
        _cached_read(world),
        _list(world, 20, {A: 0.80, FASTAPI: 4, DJANGO: 8}),
        _list(world, 100, {}),
        _create(world),
        *_province(world),
        _queue(world),
        _deep_page(world),
        _crowd(world),
    ]


def _signed_read(world: World) -> Scenario:
    return Scenario(
        name="signed-read",
        in_haste=True,
        title="one's own note, by key",
        goals={A: 0.70, B: 0.45, FASTAPI: 4, DJANGO: 8},
        subjects=[
            _reader(world, HOUSE, HOUSE, "/v1/bench/notes/"),
            _reader(world, A, BARE, "/a/read/"),
            _reader(world, A_CHECKED, BARE, "/c/read/"),
            _reader(world, B, BARE, "/b/read/"),
            _peer_reader(world, FASTAPI),
            _peer_reader(world, DJANGO),
        ],
    )


def _one_caller(world: World) -> Scenario:
    return Scenario(
        name="one-caller",
        title="the same, one caller at a time",
        connections=1,
        subjects=[
            _reader(world, HOUSE, HOUSE, "/v1/bench/notes/"),
            _reader(world, A, BARE, "/a/read/"),
            _reader(world, B, BARE, "/b/read/"),
        ],
    )


def _cached_read(world: World) -> Scenario:
    paths = [rows.place_code(number) for number in range(_RING)]
    return Scenario(
        name="cached-read",
        in_haste=True,
        title="a commune, public",
        goals={B: 0.80, FASTAPI: 4, DJANGO: 8},
        subjects=[
            _public(world, HOUSE, HOUSE, "/v1/bench/places/", paths),
            _public(world, B, BARE, "/b/unit/", paths),
            _public(world, M, BARE, "/m/unit/", paths),
            _public(world, FASTAPI, FASTAPI, "/places/", paths),
            _public(world, DJANGO, DJANGO, "/places/", paths),
        ],
    )


def _list(world: World, length: int, goals: Mapping[str, float]) -> Scenario:
    query = [f"?limit={length}"]
    return Scenario(
        name=f"list-{length}",
        in_haste=bool(goals),
        title=f"{length} newest notes, public",
        goals=goals,
        subjects=[
            _public(world, HOUSE, HOUSE, "/v1/bench/notes", query),
            _public(world, A, BARE, "/a/list/notes", query),
            _public(world, B, BARE, "/b/list/notes", query),
            _public(world, FASTAPI, FASTAPI, "/notes", query),
            _public(world, DJANGO, DJANGO, "/notes", query),
        ],
    )


def _create(world: World) -> Scenario:
    return Scenario(
        name="create",
        in_haste=True,
        title="a new note and its event",
        goals={A: 0.70, FASTAPI: 4, DJANGO: 8},
        subjects=[
            _writer(world, HOUSE, HOUSE, "/v1/bench/notes"),
            _writer(world, A, BARE, "/a/make/notes"),
            _writer(world, A_CHECKED, BARE, "/c/make/notes"),
            _writer(world, B, BARE, "/b/make/notes"),
            _peer_writer(world, FASTAPI),
            _peer_writer(world, DJANGO),
        ],
    )


def _province(world: World) -> list[Scenario]:
    """Return the house's own routes, each beside its twin among the notes."""
    reports = world.devices[HOUSE].read("/v1/feedback/me/reports?limit=100")["items"]
    own = [f"/v1/feedback/reports/{report['id']}" for report in reports]
    twin = "the note's twin of it"
    unit = f"/v1/territory/units/{province.COMMUNE}"
    return [
        Scenario(
            name="report",
            title="feedback: one's own report, with its history",
            subjects=[
                _signed(world, "Tỉnh-S", own),
                _reader(world, twin, HOUSE, "/v1/bench/notes/"),
            ],
        ),
        Scenario(
            name="unit",
            title="territory: a commune",
            subjects=[
                _public(world, "Tỉnh-S", HOUSE, unit, [""]),
                _public(world, twin, HOUSE, "/v1/bench/places/", [rows.place_code(0)]),
                _public(world, B, BARE, "/b/unit/", [rows.place_code(0)]),
            ],
            goals={B: 0.80},
        ),
        Scenario(
            name="procedure",
            title="public services: a procedure by its code",
            subjects=[
                _public(
                    world, "Tỉnh-S", HOUSE, "/v1/public-services/procedures/", province.PROCEDURES
                ),
                _public(world, B, BARE, "/b/proc/", province.PROCEDURES),
            ],
            goals={B: 0.80},
        ),
        Scenario(
            name="reports",
            title="feedback: the 20 newest public reports",
            subjects=[
                _public(world, "Tỉnh-S", HOUSE, "/v1/feedback/public/reports", ["?limit=20"]),
                _public(world, twin, HOUSE, "/v1/bench/notes", ["?limit=20"]),
            ],
        ),
        Scenario(
            name="report-create",
            title="feedback: a new report",
            subjects=[
                _writer(world, "Tỉnh-S", HOUSE, "/v1/feedback/reports", province.REPORT),
                _writer(world, twin, HOUSE, "/v1/bench/notes"),
            ],
        ),
    ]


def _queue(world: World) -> Scenario:
    """Return the desk's page of fifty reports beside the route that gives the same to programs."""
    base_url = world.devices[HOUSE].base_url
    cookie = at_work(base_url, "moderator")
    listed = wire("GET", "/v1/feedback/desk/reports?limit=50", cookie)
    shown = wire("GET", "/console/feedback", cookie)
    twin = "its REST twin"
    return Scenario(
        name="queue",
        title="feedback: the desk's queue, a page of 50",
        goals={twin: 1 / 3},
        subjects=[
            Subject(name="Tỉnh-S", server=world.servers[HOUSE], requests=lambda _: [shown]),
            Subject(name=twin, server=world.servers[HOUSE], requests=lambda _: [listed]),
        ],
    )


def _deep_page(world: World) -> Scenario:
    path = "/v1/bench/notes"
    later: list[str] = []

    def requests(_: int) -> Iterable[bytes]:
        if not later:
            cursor = world.devices[HOUSE].cursor(path, pages=_DEEP)
            later.append(f"?limit=20&cursor={cursor}")
        return [wire("GET", path + later[0])]

    return Scenario(
        name="deep-page",
        in_haste=True,
        title=f"page {_DEEP:,} of the list",
        goals={"page 1": 0.90},
        subjects=[
            Subject(name=f"page {_DEEP:,}", server=world.servers[HOUSE], requests=requests),
            _public(world, "page 1", HOUSE, path, ["?limit=20"]),
        ],
    )


def _crowd(world: World) -> Scenario:
    return Scenario(
        name="crowd",
        in_haste=True,
        title="one's own note, in a larger house",
        goals={HOUSE: 0.97},
        subjects=[
            _reader(world, CROWDED, CROWDED, "/v1/bench/notes/"),
            _reader(world, HOUSE, HOUSE, "/v1/bench/notes/"),
        ],
    )


def _reader(world: World, name: str, server: str, path: str) -> Subject:
    # A proof names the address of the house; the baselines check its signature and no more.
    house = world.devices[server] if server in world.devices else world.devices[HOUSE]

    def requests(_: int) -> Iterable[bytes]:
        ids = rows.owned(_RING)
        signed = house.headers("GET", [f"/v1/bench/notes/{each}" for each in ids])
        return [
            wire("GET", f"{path}{each}", *headers)
            for each, headers in zip(ids, signed, strict=True)
        ]

    return Subject(name=name, server=world.servers[server], requests=requests)


def _signed(world: World, name: str, paths: Sequence[str]) -> Subject:
    def requests(_: int) -> Iterable[bytes]:
        signed = world.devices[HOUSE].headers("GET", paths)
        return [wire("GET", path, *headers) for path, headers in zip(paths, signed, strict=True)]

    return Subject(name=name, server=world.servers[HOUSE], requests=requests)


def _writer(world: World, name: str, server: str, path: str, draft: bytes = _DRAFT) -> Subject:
    address = path if server == HOUSE else "/v1/bench/notes"

    def requests(count: int) -> Iterable[bytes]:
        signed = world.devices[HOUSE].headers("POST", [address] * count)
        return [
            wire("POST", path, *headers, f"idempotency-key: {uuid4()}", body=draft)
            for headers in signed
        ]

    return _creating(world, name, server, requests)


def _peer_reader(world: World, name: str) -> Subject:
    def requests(_: int) -> Iterable[bytes]:
        header = world.devices[HOUSE].peer_header()
        return [wire("GET", f"/notes/{each}", header) for each in rows.owned(_RING)]

    return Subject(name=name, server=world.servers[name], requests=requests)


def _peer_writer(world: World, name: str) -> Subject:
    def requests(_: int) -> Iterable[bytes]:
        return [wire("POST", "/notes", world.devices[HOUSE].peer_header(), body=_DRAFT)]

    return _creating(world, name, name, requests, repeat=True)


def _creating(
    world: World,
    name: str,
    server: str,
    requests: Callable[[int], Iterable[bytes]],
    *,
    repeat: bool = False,
) -> Subject:
    return Subject(
        name=name, server=world.servers[server], requests=requests, status=201, repeat=repeat
    )


def _public(world: World, name: str, server: str, path: str, ends: Sequence[str]) -> Subject:
    ring = [wire("GET", path + end) for end in ends]
    return Subject(name=name, server=world.servers[server], requests=lambda _: ring)
