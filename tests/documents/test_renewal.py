"""What was issued stays provable: archival timestamps, renewed before their protection ends."""

from collections.abc import Awaitable, Callable, Sequence
from datetime import UTC, datetime, timedelta
from hashlib import sha256

import msgspec
import pytest
from cryptography.hazmat.primitives.asymmetric.ec import SECP256R1, generate_private_key

from backend.kernel.database import Connection
from backend.testing import Client, Clock
from backend.testing.sites import Asked, Told, standing
from backend.work import Workshop
from modules.documents.jobs import SEQUENCE, SIGN
from modules.documents.model import certificates, entries, renewal, timestamps
from modules.documents.model.renewal import Record
from modules.documents.service import log, renewing
from modules.documents.service.stamping import Stamper
from tests.documents.conftest import DOCUMENTS

Tick = Callable[..., Awaitable[None]]
Night = Callable[..., Awaitable[renewing.Standing]]


@pytest.fixture
def night(shop: Workshop) -> Night:
    """Lets the house do what it does every night; `by` is whom it asks for timestamps."""

    async def passed(by: timestamps.Authority | None = None) -> renewing.Standing:
        async with shop.transaction() as tx:
            request = await renewing.prepare(tx)
        if request is not None and by is not None:
            stamper = Stamper(now=request.stampers[0].now, own=by)
            request = msgspec.structs.replace(request, stampers=(stamper,))
        tokens = await renewing.call(request)
        async with shop.transaction() as tx:
            await renewing.settle(tx, request, tokens)
            return await renewing.standing(tx)

    return passed


@pytest.fixture
def kept(shop: Workshop) -> Callable[[], Awaitable[Sequence[Record]]]:
    async def read() -> Sequence[Record]:
        async with shop.transaction() as tx:
            return await renewing.records(tx)

    return read


def authority(now: datetime) -> timestamps.Authority:
    """One whose certificate is of this day, and lasts for ten years."""
    root, key = generate_private_key(SECP256R1()), generate_private_key(SECP256R1())
    anchor = certificates.authority(root, now)
    paper = certificates.stamping(certificates.Above(root, anchor), key.public_key(), now)
    return timestamps.Authority(key, paper, anchor)


async def test_protection_is_renewed_two_years_before_it_ends(
    issued: str,
    night: Night,
    kept: Callable[[], Awaitable[Sequence[Record]]],
    shop: Workshop,
    tick: Tick,
    clock: Clock,
    client: Client,
    connection: Connection,
) -> None:
    first = await night()
    await night()
    clock.advance(days=31)
    await night()
    assert (first.covered, first.due) == (first.entries, None)
    assert len(await kept()) == 1

    async with shop.transaction() as tx:
        entry = entries.of_status("0" * 64, "VALID", tx.now)
        await log.enter(tx, tx.new_id(), entry)
    await tick(SEQUENCE, SIGN)
    grown = await night()
    assert (grown.records, grown.covered) == (2, first.entries + 1)

    clock.advance(days=8 * 365)
    worn = await night()
    newer = authority(clock.now)
    renewed = await night(by=newer)

    assert (worn.records, worn.due) == (2, "ending")
    assert (renewed.records, renewed.due) == (3, None)
    assert renewed.good_until == datetime(2040, 1, 1, tzinfo=UTC)
    told = (await client.get(f"{DOCUMENTS}/log/evidence-records")).json()["records"]
    assert [each["size"] for each in told] == [first.entries, grown.entries, grown.entries]
    records = await kept()
    assert renewed.intact
    stamped = sha256(records[2].stamped).digest()
    when = timestamps.stamped_at(records[2].tokens[0], stamped, [newer.above])
    assert abs(when - clock.now) < timedelta(seconds=1)

    await connection.execute(
        "update documents.evidence_record set tokens = array['another'::bytea] where number = 0"
    )
    assert not (await night()).intact


@pytest.mark.parametrize(
    ("size", "days_ago", "years_left", "why"),
    [
        (0, 0, 0, None),
        (5, None, 0, "first"),
        (5, 100, 5, None),
        (6, 29, 5, None),
        (6, 30, 5, "grown"),
        (5, 1, 2, "ending"),
    ],
)
def test_when_it_is_time(size: int, days_ago: int | None, years_left: int, why: str | None) -> None:
    now = datetime(2030, 6, 1, tzinfo=UTC)
    latest = None
    if days_ago is not None:
        latest = Record(
            number=0,
            size=5,
            stamped=b"{}",
            tokens=(b"",),
            made_at=now - timedelta(days=days_ago),
            good_until=now + timedelta(days=365 * years_left),
        )

    assert renewal.due(latest, size, now) == why


async def test_the_second_authority_is_asked_when_the_first_is_away(clock: Clock) -> None:
    theirs = authority(clock.now)

    def answer(asked: Asked) -> Told:
        if asked.path == "/first":
            return Told(status=503)
        wish = timestamps.asked(asked.body)
        return Told(body=timestamps.granted(timestamps.token(wish, theirs, 1, clock.now)))

    async with standing(answer) as site:
        two = Stamper(now=clock.now, urls=(f"{site.url}/first", f"{site.url}/second"))
        async with two.open() as stamper:
            token = await stamper.stamp(b"a signature")

    assert [asked.path for asked in site.asked] == ["/first", "/second"]
    assert timestamps.stamped_at(token, sha256(b"a signature").digest(), [theirs.above])
