"""What people call things: terms that editors keep, and questions that many ask."""

from hashlib import blake2b
from secrets import token_bytes
from typing import Final
from uuid import UUID

from backend.kernel import Origin, Snapshot, Transaction, VersionStale, seen
from contracts.page import Page
from modules.public_services.errors import NoSuchTerm, TermExists
from modules.public_services.model.asking import Outcome, SearchSums, Tally
from modules.public_services.model.terms import KeptTerm, TermDraft
from modules.public_services.repository import asking as repository
from modules.public_services.service import indexing

_SUMS_MAX: Final = 200
_TALLY: Final = Tally()
_SALT: Final = token_bytes(16)
"""Dies with the process, so that nobody learns later who was counted."""


async def listed(
    snapshot: Snapshot, kind: str | None, cursor: str | None, limit: int
) -> Page[KeptTerm]:
    """Return terms by kind and text."""
    return await repository.terms(snapshot, kind, cursor, limit)


async def read(snapshot: Snapshot, term_id: UUID) -> KeptTerm:
    """Return a term. Raises `NoSuchTerm`."""
    found = await repository.term(snapshot, term_id)
    if found is None:
        raise NoSuchTerm
    return found


async def add(tx: Transaction, draft: TermDraft) -> KeptTerm:
    """Keep a term, and let searches know. Raises `TermExists`."""
    kept = await repository.add_term(tx, draft)
    if kept is None:
        raise TermExists
    await indexing.changed(tx)
    return kept


async def put(tx: Transaction, term_id: UUID, draft: TermDraft, if_match: str | None) -> KeptTerm:
    """Change a term. Raises `NoSuchTerm`, `TermExists`, `VersionRequired`, `VersionStale`."""
    known = seen(if_match)
    kept = await repository.put_term(tx, term_id, draft, known)
    if kept is None:
        current = await repository.term(tx, term_id)
        if current is None:
            raise NoSuchTerm
        if current.version == known:
            raise TermExists
        raise VersionStale(current_version=current.version)
    await indexing.changed(tx)
    return kept


async def drop(tx: Transaction, term_id: UUID) -> None:
    """Keep a term no longer. Raises `NoSuchTerm`."""
    if not await repository.drop_term(tx, term_id):
        raise NoSuchTerm
    await indexing.changed(tx)


async def count(tx: Transaction, origin: Origin, told: Outcome) -> None:
    """Count what became of a search; it is written down once five have asked the same today."""
    asker = blake2b(origin.address.encode(), key=_SALT, digest_size=8).digest()
    ripe = _TALLY.count(tx.today, asker, told)
    if ripe is not None:
        await repository.count(tx, ripe)


async def sums(snapshot: Snapshot) -> SearchSums:
    """Return what was asked most, what was never opened first."""
    return SearchSums(sums=tuple(await repository.sums(snapshot, _SUMS_MAX)))
