"""What looking something up costs: a known file, how it stands, many bundles in one question.

A house of its own issues a class, and is asked afterwards, in process and one question at a time.
"""

import asyncio
import sys
import time
from collections.abc import Awaitable, Callable, Sequence
from hashlib import sha256
from typing import Final, NamedTuple

from backend.kernel import Query, Statement, Transaction
from modules.documents.model import jws
from modules.documents.repository.statuses import Standing
from modules.documents.service import closing, files, judging, reading, statuses, verification
from modules.documents.service.closing import Paper
from tests.bench import years

SIZES: Final = (1_000, 100_000, 1_000_000)
HASTY: Final = (1_000, 100_000)
"""Changes of status that there are, when one is looked up."""
_ROUNDS: Final = 5
_ASKED: Final = 200
_LIST: Final = 0

_TRIP: Final = Query(Standing, "select 0::integer as value, null::bytea as successor")
_CHANGES: Final = Statement(
    """
    insert into documents.status_change (list, place, value, changed_at)
    select $1, place, 1, $4
      from generate_series($2::integer, $3::integer - 1) as fresh (place)
    """
)


class Row(NamedTuple):
    """A line of the table: how many times a baseline something costs, and how many it may.

    Or at least how many times, of what the house saves.
    """

    title: str
    ratio: float
    goal: float
    at_least: bool = False


Ask = Callable[[int], Awaitable[object]]


async def measured(sizes: Sequence[int]) -> list[Row]:
    """Issue a class, and look it up in every way."""
    async with years.house() as chain:
        await chain.issue(years.CLASS)
        async with chain.shop.transaction() as tx:
            rows = await tx.all(years.ISSUED, years.CLASS)
            papers = await closing.papers(tx, rows)
            found = [*await _known(tx, papers), *await _many(tx, papers)]
        return found + await _standing(chain, sizes)


async def _known(tx: Transaction, papers: Sequence[Paper]) -> list[Row]:
    """Compare a file that is known with its SHA-256, and with being looked at by a stranger."""
    raws = [files.read(tx.data_dir, each.pdf_sha256 or b"", each.key) for each in papers]
    tasks = [await verification._task(tx, each, None) for each in raws]

    async def known(number: int) -> None:
        await verification.verify_file(tx, raws[number % len(raws)])

    async def by_hash(number: int) -> None:
        await verification.look_up_fingerprint(tx, digests[number % len(raws)])

    async def bare(number: int) -> None:
        sha256(raws[number % len(raws)]).digest()
        sha256(raws[number % len(raws)]).digest()
        await tx.maybe(_TRIP)
        await tx.maybe(_TRIP)

    async def full(number: int) -> None:
        await judging.judged_apart(tasks[number % len(tasks)])

    digests = [sha256(each).hexdigest() for each in raws]
    alone, quick = await _seconds(bare), await _seconds(known)
    whole, hashed = await _seconds(full, 20), await _seconds(by_hash)
    return [
        Row("a known PDF, against 2 × its SHA-256 and 2 round trips", quick / alone, 1),
        Row("validating a PDF in full, times one that is known", whole / quick, 100, at_least=True),
        Row("the same, times one of which the hash is sent", whole / hashed, 100, at_least=True),
    ]


async def _many(tx: Transaction, papers: Sequence[Paper]) -> list[Row]:
    """Compare bundles asked after together with nothing but the signatures in them."""
    raws = [(await reading._bundle(tx, each)).decode() for each in papers]
    believed = await verification.trust(tx)
    key = years.Phone().key
    public, message = key.public_key(), papers[0].content
    signature = key.sign(message, jws.ES256)

    async def bundle(number: int) -> None:
        said = await verification.answer(
            tx,
            bundle=raws[number % len(raws)],
            credential=None,
            asked=None,
            qr=None,
            document_id=None,
            code=None,
            sha256_hex=None,
            believed=believed,
        )
        if said.verdict != "VALID":
            raise RuntimeError(said.subindication)

    async def bare(_: int) -> None:
        for _ in range(2 * 3):
            public.verify(signature, message, jws.ES256)

    ratio = await _seconds(bundle) / await _seconds(bare)
    return [Row("a bundle of many, against its 3 signatures and 3 stamps checked", ratio, 2)]


async def _standing(chain: years.Chain, sizes: Sequence[int]) -> list[Row]:
    """Compare looking up a status among many changes with looking it up among few."""
    found: list[float] = []
    for before, size in zip((0, *sizes), sizes, strict=False):
        async with chain.shop.transaction() as tx:
            await tx.run(_CHANGES, _LIST, before, size, tx.now)

            async def look(number: int, tx: Transaction = tx, size: int = size) -> None:
                await tx.maybe(statuses.repository.STANDING, _LIST, number * 7919 % size)

            found.append(await _seconds(look))
    least = found[0]
    return [
        Row(f"a status among {size:,} changes, against {sizes[0]:,}", seconds / least, 1.5)
        for size, seconds in zip(sizes[1:], found[1:], strict=True)
    ]


async def _seconds(ask: Ask, count: int = _ASKED) -> float:
    """Return the seconds of one question, in the quickest of some rounds: others run here too."""
    best = float("inf")
    for _ in range(_ROUNDS):
        began = time.perf_counter()
        for number in range(count):
            await ask(number)
        best = min(best, (time.perf_counter() - began) / count)
    return best


if __name__ == "__main__":
    for row in asyncio.run(measured(SIZES)):
        sys.stdout.write(f"{row.title:70}{row.ratio:9.2f}x  {row.goal:g}\n")
