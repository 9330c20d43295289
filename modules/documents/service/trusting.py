"""The trust store, kept by two people; and whom the authorities in it say they have revoked."""

import asyncio
from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from hashlib import sha256
from typing import Final
from uuid import UUID

import msgspec

from backend.kernel import Errand, NotFound, Snapshot, Transaction, outside
from backend.kernel.outside import Reach, Unreachable
from contracts.page import Page
from modules.documents.errors import AlreadyDecided, NotAnAuthority, SecondPersonNeeded
from modules.documents.model import answers, entries, trusting
from modules.documents.model.chaining import Link
from modules.documents.model.findings import Listing
from modules.documents.model.trusting import (
    Anchor,
    NoAuthority,
    NotAList,
    RevocationList,
    TrustChange,
    TrustOrder,
)
from modules.documents.repository import trust as repository
from modules.documents.repository.trust import Due, Listed, Proposed
from modules.documents.service import keys, log
from modules.documents.settings import Settings

_READ_AGAIN: Final = timedelta(hours=6)
_SOON: Final = timedelta(hours=1)
_LIST_BYTES_MAX: Final = 50 << 20
_AT_ONCE: Final = 4
_OK: Final = 200


class Asked(msgspec.Struct, frozen=True, kw_only=True):
    """Whose lists are to be read, and how."""

    due: tuple[Due, ...]
    reach: Reach


async def propose(tx: Transaction, order: TrustOrder) -> UUID:
    """Write down a proposal. Raises `NotAnAuthority`."""
    try:
        papers = trusting.authorities(order.certificates)
    except NoAuthority as error:
        raise NotAnAuthority from error
    is_invented = order.tree == "dev" and order.action == "add" and tx.is_production
    is_endless = order.action == "distrust" and order.until is None
    is_nowhere = order.crl_url is not None and not trusting.is_callable(order.crl_url)
    is_never = not trusting.is_a_time(order.since, order.until)
    if is_invented or is_endless or is_nowhere or is_never or not papers:
        raise NotAnAuthority
    change_id = tx.new_id()
    window = (order.since, order.until, order.crl_url)
    who = (tx.principal.staff_id, tx.now)
    await tx.run(
        repository.PROPOSE, change_id, order.action, order.tree, papers, *window, order.reason, *who
    )
    return change_id


async def decide(tx: Transaction, change_id: UUID, *, accepted: bool) -> None:
    """Accept or refuse what somebody else proposed; what is accepted counts from now on.

    Raises `NotFound`, `SecondPersonNeeded`, `AlreadyDecided`.
    """
    proposed = await tx.maybe(repository.PROPOSED, change_id)
    if proposed is None:
        raise NotFound
    if proposed.proposed_by == tx.principal.staff_id:
        raise SecondPersonNeeded
    row = (change_id, accepted, tx.principal.staff_id, tx.now)
    if not await tx.run(repository.DECIDE, *row):
        raise AlreadyDecided
    if accepted:
        await _follow(tx, proposed)


async def _follow(tx: Transaction, proposed: Proposed) -> None:
    for der in proposed.certificates:
        digest = trusting.fingerprint(der)
        if proposed.action == "add":
            window = (proposed.since, proposed.until, proposed.crl_url)
            await tx.run(repository.TRUST, digest, der, proposed.tree, *window, proposed.id)
        else:
            await tx.run(repository.DISTRUST, digest, proposed.until, proposed.id)
        entry = entries.of_trust(digest.hex(), proposed.action, proposed.tree, tx.now)
        await log.enter(tx, tx.new_id(), entry)
    await tx.run(repository.FORGET_KNOWN)


async def turn(tx: Transaction, key_id: UUID) -> None:
    """Let a key of the house sign no more, and say so in the log. Raises `NotFound`."""
    gone = await keys.retire(tx, key_id)
    entry = entries.of_key(sha256(gone.public).hexdigest(), gone.purpose, tx.now)
    await log.enter(tx, tx.new_id(), entry)


async def history(snapshot: Snapshot, cursor: str | None, limit: int) -> Page[TrustChange]:
    """Return what was proposed and decided, the newest first."""
    return await snapshot.page(repository.HISTORY, cursor, limit)


async def anchors(snapshot: Snapshot, cursor: str | None, limit: int) -> Page[Anchor]:
    """Return whose certificates count, besides those of the house's own authority."""
    page = await snapshot.page(repository.LIST, cursor, limit)
    items = tuple(
        Anchor(
            sha256=row.sha256.hex(),
            subject=trusting.subject(row.der),
            tree=row.tree,
            since=row.since,
            until=row.until,
            crl_url=row.crl_url,
            revocations_known_until=row.next_update,
            below=None if row.below is None else row.below.hex(),
        )
        for row in page.items
    )
    return Page(items=items, next_cursor=page.next_cursor)


async def listings(snapshot: Snapshot) -> tuple[Listing, ...]:
    """Return the store as a verifier needs it. A developer's anchors count in development alone."""
    rows = {row.sha256: row for row in await snapshot.all(repository.LISTED)}
    return tuple(
        _listing(row, rows)
        for row in rows.values()
        if not (row.tree == "dev" and snapshot.is_production)
    )


def _listing(row: Listed, rows: Mapping[bytes, Listed]) -> Listing:
    revoked = zip(row.serials or (), row.revoked_at or (), strict=True)
    own = Listing(
        der=row.der,
        tree=row.tree,
        since=int(row.since.timestamp()),
        until=None if row.until is None else int(row.until.timestamp()),
        known_until=0 if row.next_update is None else int(row.next_update.timestamp()),
        revoked={serial: int(at.timestamp()) for serial, at in revoked},
    )
    if row.below is None:
        return own
    above = rows.get(row.below)
    return (
        msgspec.structs.replace(own, until=0)
        if above is None
        else _within(own, _listing(above, rows))
    )


def _within(own: Listing, above: Listing) -> Listing:
    """Return an authority as far as the one above it counts, and has not revoked it."""
    ends = (own.until, above.until, above.revoked.get(trusting.serial(own.der)))
    known = [each for each in ends if each is not None]
    return msgspec.structs.replace(
        own,
        since=max(own.since, above.since),
        until=min(known) if known else None,
        known_until=min(own.known_until, above.known_until),
    )


async def lead(tx: Transaction, link: Link, said: RevocationList) -> None:
    """Let an authority count that one of the trust store has certified, as long as that one does.

    It is logged like those that two people have entered: whoever counts is known.
    """
    if not _is_believable(said, tx.now):
        return
    digest = trusting.fingerprint(link.der)
    above = trusting.fingerprint(link.issuer)
    if await tx.run(repository.LEAD, digest, link.der, link.crl_url, above):
        tree = (await tx.one(repository.TREE, digest)).tree
        await log.enter(tx, tx.new_id(), entries.of_trust(digest.hex(), "add", tree, tx.now))
    await _keep(tx, digest, said)


async def held(snapshot: Snapshot, authorities: Sequence[bytes]) -> dict[bytes, bytes]:
    """Return the lists of these authorities that the house has read and that still count."""
    rows = await snapshot.all(repository.HELD, authorities, snapshot.now)
    return {each.der: each.raw for each in rows}


async def _prepare(tx: Transaction) -> Asked:
    due = await tx.all(repository.DUE, tx.now - _READ_AGAIN, tx.now + _SOON)
    return Asked(due=tuple(due), reach=reach(tx))


def reach(snapshot: Snapshot) -> Reach:
    """Return how far one goes for a list."""
    may_be_private = snapshot.ask(Settings).fetch_private and not snapshot.is_production
    # Lists are signed themselves, and most are published without TLS (RFC 5280 §8).
    return Reach(
        may_be_private=may_be_private, may_be_plain=True, seconds=30, bytes_max=_LIST_BYTES_MAX
    )


async def _call(asked: Asked) -> Sequence[tuple[Due, RevocationList]]:
    """Read the lists; one that cannot be had, or is not the authority's, is left as it was."""
    turn = asyncio.Semaphore(_AT_ONCE)

    async def read(due: Due) -> tuple[Due, RevocationList] | None:
        async with turn:
            said = await read_list(due.crl_url, due.der, asked.reach)
        return None if said is None else (due, said)

    return [each for each in await asyncio.gather(*map(read, asked.due)) if each is not None]


async def read_list(url: str, der: bytes, reach: Reach) -> RevocationList | None:
    """Return whom an authority says it has revoked; nothing where that cannot be had."""
    try:
        answer = await outside.ask("GET", url, reach=reach)
        if answer.status != _OK:
            return None
        return await asyncio.to_thread(trusting.read_list, answer.body, der)
    except (Unreachable, NotAList):
        return None


async def _settle(tx: Transaction, _: Asked, answers: Sequence[tuple[Due, RevocationList]]) -> None:
    for due, said in answers:
        if _is_believable(said, tx.now):
            await _keep(tx, due.sha256, said)


async def _keep(tx: Transaction, digest: bytes, said: RevocationList) -> None:
    moments = (said.this_update, said.next_update, tx.now)
    lists = ([*said.revoked], [*said.revoked.values()])
    raw = said.raw if len(said.raw) <= answers.BYTES_MAX else None
    before = {each.sha256: each for each in await tx.all(repository.LISTED)}
    if await tx.run(repository.KEEP, digest, *moments, *lists, raw) and digest in before:
        below = [each.der for each in before.values() if each.below == digest]
        await _forget(tx, before[digest], below, said)


async def _forget(
    tx: Transaction, before: Listed, below: Sequence[bytes], said: RevocationList
) -> None:
    """Judge anew, when next asked, what rests on a certificate that we now learn was revoked."""
    told = dict(zip(before.serials or (), before.revoked_at or (), strict=True))
    fresh = {each for each, at in said.revoked.items() if told.get(each) != at}
    if not fresh:
        return
    if before.tree == "tsa" or fresh & {trusting.serial(each) for each in below}:
        await tx.run(repository.FORGET_KNOWN)
        return
    issued = await tx.all(repository.ISSUED_BY, before.sha256)
    gone = [each.der for each in issued if trusting.serial(each.der) in fresh]
    await tx.run(repository.FORGET_KNOWN_OF, gone)


def _is_believable(said: RevocationList, now: datetime) -> bool:
    return said.this_update <= now + _SOON and now < said.next_update


READ_LISTS: Final = Errand(prepare=_prepare, call=_call, settle=_settle, seconds_max=180)
"""Reads who was revoked, of every authority whose list is missing, old or about to end."""
