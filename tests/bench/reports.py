"""Do lists, maps and counts stay as quick when there are ten times as many reports?

    make bench REPORTS=100000,1000000

Each size has a database of its own, filled by what `tinhs feedback fill` runs, then vacuumed. Each
question is asked 300 times about random places or reports, by the login and under the row policies
of a request; a whole life is a report that is filed, taken up, given, mended and approved through
the services. The table shows p50 and p99 in milliseconds, how many pages of 8 kB the database
looked at for one answer, and how many times as many that is as at the smallest size: milliseconds
tell of the machine and of whoever else uses it, pages do not. In the end a house is started on
each, and reports arrive at a pace that jumps from one a second to 35: each has to be kept.
"""

import random
from collections.abc import AsyncGenerator, Awaitable, Callable, Sequence
from contextlib import asynccontextmanager, contextmanager
from datetime import timedelta
from functools import partial
from time import perf_counter
from typing import Any, Final

import asyncpg
import msgspec

from backend.host.app import now
from backend.host.installation import installation
from backend.host.registry import discover
from backend.host.words import teach
from backend.kernel import House, Principal, Snapshot, Transaction
from backend.kernel.database import prepare_connection
from backend.local.roles import DatabaseUrls
from backend.testing.databases import Templates, server
from contracts.demo import HAC_THANH
from contracts.files import FileStore
from modules.feedback.demo import STORIES, Part, _tell
from modules.feedback.model.hints import Draft
from modules.feedback.model.places import Circle, Place, Point
from modules.feedback.model.queues import LIVE, OPEN, PublicFilter, QueueFilter
from modules.feedback.repository import desk, public, queues, reports, statistics, work
from modules.feedback.service import atlas, bulk, hints
from modules.feedback.service.public import search
from tests.bench import arrivals, table

TIMES: Final = 300
_MOST: Final = 1.5
_THEIRS: Final = 5
"""Communes of the officer who asks: a page of their queue is full at a hundred thousand reports."""

_LIFE: Final = ("claim", "publish", "assign", "accept", "plan", "finish", "approve")
_LIVES: Final = 100
_WRITTEN: Final = "Ổ gà lớn trước cổng trường, trời mưa đọng nước không thấy, xe máy rất dễ ngã."
_SPOKEN: Final = "nap cong vo truoc cong truong"
_NEVER_SAID: Final = "khinh khi cau"

Question = Callable[[Snapshot], Awaitable[object]]


async def fill(urls: DatabaseUrls, count: int) -> None:
    """Write so many reports, count them, and let the planner know."""
    house = _house()
    connection: Any = await asyncpg.connect(urls.job)
    await prepare_connection(connection)
    steps: list[Callable[[Transaction], Awaitable[object]]] = []
    for first in range(1, count + 1, bulk.AT_ONCE):
        last = min(first + bulk.AT_ONCE - 1, count)
        steps += [partial(bulk.write, first=first, last=last, of=count), bulk.map_out]

    async def take(step: Callable[[Transaction], Awaitable[object]]) -> None:
        async with connection.transaction():
            await connection.execute("select set_config('tinhs.kind', 'job', true)")
            await step(Transaction(connection, house, now(), Principal(kind="job")))

    owner: Any = await asyncpg.connect(urls.owner)
    await owner.execute("set maintenance_work_mem = '1GB'")
    async with _indexed_at_the_end(owner):
        for step in steps:
            await take(step)
    await take(bulk.count)
    await connection.close()
    await owner.execute("vacuum analyze")
    await owner.close()


def _house() -> House:
    installed = installation({"TINHS_ENV": "dev", "TINHS_SECRET": "known to this run alone" * 2})
    teach(installed.modules)
    return installed.house()


@asynccontextmanager
async def _indexed_at_the_end(owner: Any) -> AsyncGenerator[None]:
    """Do without the indexes that only readers need, and without looking each reference up, while
    a block writes: half of its time. Both are there again at its end; references then hold for what
    is written afterwards, as the owner's look at every row would be stopped by the row policies.
    """
    references = await owner.fetch(
        """
        select conrelid::regclass::text as name, quote_ident(conname) as reference,
               pg_get_constraintdef(oid) as definition
          from pg_constraint
         where contype = 'f' and connamespace = 'feedback'::regnamespace
        """
    )
    indexes = await owner.fetch(
        """
        select indexrelid::regclass::text as name, pg_get_indexdef(indexrelid) as definition
          from pg_index
          join pg_class on pg_class.oid = pg_index.indrelid
         where relnamespace = 'feedback'::regnamespace
           and not indisunique
           and not indisexclusion
        """
    )
    for each in references:
        await owner.execute(f"alter table {each['name']} drop constraint {each['reference']}")
    for index in indexes:
        await owner.execute(f"drop index {index['name']}")
    yield
    for index in indexes:
        await owner.execute(index["definition"])
    for each in references:
        named = f"constraint {each['reference']} {each['definition']}"
        await owner.execute(f"alter table {each['name']} add {named} not valid")


def questions(
    ids: Sequence[Any], codes: Sequence[str], places: Sequence[Point]
) -> dict[str, Question]:
    """Return what is asked; each call asks about another place or report."""

    def somewhere() -> Circle:
        return Circle(centre=random.choice(places), radius_m=2000)  # noqa: S311

    def hint(snapshot: Snapshot) -> Awaitable[object]:
        at = random.choice(places)  # noqa: S311
        place = Place(lat=at.lat, lon=at.lon)
        draft = Draft(text=_WRITTEN, category="roads", location=place)
        return hints.given(snapshot, draft, store=snapshot.ask(FileStore))

    def said(words: str) -> Question:
        return lambda s: search(s, PublicFilter(), words, None, 20)

    async def tile(snapshot: Snapshot) -> object:
        zoom = random.choice((9, 11, 13))  # noqa: S311
        x, y = int((105.3 + 180) / 360 * 2**zoom), int(0.4432 * 2**zoom)
        return await atlas.tile(snapshot, zoom, x, y, wanted="all", category=None, kind=None)

    queue = QueueFilter(states=OPEN)
    today = now().date()
    return {
        "a report, to an officer": lambda s: reports.find(s, random.choice(ids)),  # noqa: S311
        "a report, to everybody": lambda s: public.find(s, random.choice(codes)),  # noqa: S311
        "the 20 nearest within 2 km": lambda s: public.nearest(
            s, PublicFilter(), somewhere(), None, 20
        ),
        "20 that hold some words": said(_SPOKEN),
        "words that nobody wrote": said(_NEVER_SAID),
        "what may be the same": hint,
        "an officer's queue": lambda s: desk.queue(s, queue, None, 20),
        "what waits at the desk": queues.counts,
        "an agency's work": lambda s: work.offered(s, LIVE, None, 20),
        "a tile of clusters": tile,
        "a month by agency": lambda s: statistics.added(s, "agency", today.replace(day=1), today),
    }


async def measured(urls: DatabaseUrls) -> dict[str, tuple[float, float, float]]:
    """Return p50 and p99 of every question in milliseconds, and pages looked at on average."""
    connection: Any = await asyncpg.connect(urls.runtime)
    await prepare_connection(connection)
    communes, agencies = bulk.places()
    who = Principal(
        kind="staff",
        roles=frozenset({"moderator", "officer"}),
        agencies=frozenset(agencies[:_THEIRS]),
        areas=frozenset(communes[:_THEIRS]),
    )
    context = {
        "kind": "staff",
        "areas": f"{{{','.join(who.areas)}}}",
        "agencies": f"{{{','.join(map(str, who.agencies))}}}",
    }
    for name, value in context.items():
        await connection.execute("select set_config($1, $2, false)", f"tinhs.{name}", value)
    ids = await _ids(urls)
    shown = await connection.fetch(
        "select code, lat, lon from feedback.public_report tablesample system (1) limit 5000"
    )
    codes = [row["code"] for row in shown]
    places = [Point(lat=row["lat"], lon=row["lon"]) for row in shown if row["lat"] is not None]
    snapshot = Snapshot(connection, _house(), now(), who)
    found: dict[str, tuple[float, float, float]] = {}
    for name, ask in questions(ids, codes, places).items():
        took: list[float] = []
        before = await _pages(connection)
        for _ in range(TIMES):
            began = perf_counter()
            await ask(snapshot)
            took.append((perf_counter() - began) * 1000)
        took.sort()
        pages = (await _pages(connection) - before) / TIMES
        found[name] = took[TIMES // 2], took[TIMES * 99 // 100], pages
    await connection.close()
    found["filing"] = await _lives(urls, ())
    found["a whole life"] = await _lives(urls, _LIFE)
    return found


async def _lives(urls: DatabaseUrls, parts: Sequence[Part]) -> tuple[float, float, float]:
    """Return the same of reports that are filed now, and go through these parts of their lives."""
    connection: Any = await asyncpg.connect(urls.job)
    await prepare_connection(connection)
    house, worker = _house(), Principal(kind="job", client_id="feedback")
    plain = next(story for story in STORIES if story.subject is None and "finish" in story.parts)
    story = msgspec.structs.replace(plain, parts=parts)
    took: list[float] = []
    before = await _pages(connection)
    for number in range(_LIVES):
        began = perf_counter()
        async with connection.transaction():
            await connection.execute("select set_config('tinhs.kind', 'job', true)")
            at = now() - timedelta(days=1)
            tx = Transaction(connection, house, at, worker)
            await _tell(tx, worker, story, f"{len(parts)}-{number}", at)
        took.append((perf_counter() - began) * 1000)
    took.sort()
    pages = (await _pages(connection) - before) / _LIVES
    await connection.close()
    return took[_LIVES // 2], took[_LIVES * 99 // 100], pages


async def _ids(urls: DatabaseUrls) -> list[Any]:
    """Return ids of reports that the officer may see, asked for by who sees all of them."""
    connection: Any = await asyncpg.connect(urls.job)
    await connection.execute("select set_config('tinhs.kind', 'job', false)")
    sql = "select id from feedback.report where commune_code = $1 limit 5000"
    found = [row["id"] for row in await connection.fetch(sql, HAC_THANH)]
    await connection.close()
    return found


async def _pages(connection: Any) -> int:
    """Return how many pages of this database were looked at since it was made."""
    await connection.execute("select pg_stat_force_next_flush()")
    return await connection.fetchval(
        "select blks_hit + blks_read from pg_stat_database where datname = current_database()"
    )


async def compared(sizes: Sequence[int]) -> None:
    """Measure each size and print the table."""
    rows: dict[int, dict[str, tuple[float, float, float]]] = {}
    with contextmanager(server)() as dsn:
        templates = Templates(dsn)
        for size in sizes:
            async with templates.copy(discover(guests=())) as urls:
                began = perf_counter()
                await fill(urls, size)
                print(f"{size:,} reports in {perf_counter() - began:.0f} s", flush=True)  # noqa: T201
                rows[size] = await measured(urls)
                _print(size, rows[size], rows[sizes[0]])
                for line in await arrivals.arrived(urls):
                    print(line, flush=True)  # noqa: T201


def _print(
    size: int,
    found: dict[str, tuple[float, float, float]],
    least: dict[str, tuple[float, float, float]],
) -> None:
    for name, (middle, worst, pages) in found.items():
        ratio = pages / least[name][2]
        print(  # noqa: T201
            f"{size:>12,}  {name:<28} p50 {middle:7.2f} ms  p99 {worst:7.2f} ms"
            f"  {pages:8.1f} pages  {ratio:5.2f}× {table.verdict(ratio <= _MOST, f'≤ {_MOST:g}')}",
            flush=True,
        )
