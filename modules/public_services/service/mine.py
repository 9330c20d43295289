"""What a person keeps an eye on, and what becomes of it."""

from collections.abc import Sequence
from datetime import timedelta
from typing import Final
from uuid import UUID

import msgspec

from backend.kernel import NotFound, Snapshot, Transaction, Tries
from contracts.personal_data import PersonalIdIndex
from modules.public_services.errors import (
    NoSuchProcedure,
    NotFinished,
    RatingClosed,
    TooManyFavourites,
    TooManyWatches,
)
from modules.public_services.model.dossiers import group_of
from modules.public_services.model.mine import (
    Favourite,
    KnownToWatch,
    Opinion,
    OwnToWatch,
    Rating,
    Watch,
    WatchedDossier,
)
from modules.public_services.repository import catalogue, successors
from modules.public_services.repository import dossiers as dossier_rows
from modules.public_services.repository import mine as repository
from modules.public_services.service import dossiers
from modules.public_services.service.tags import OWNER

_MIND: Final = timedelta(days=15)
_ENDED: Final = {"done", "refused"}


async def recognise(tx: Transaction, index: PersonalIdIndex) -> None:
    """Let the caller's own dossiers be known as theirs: by the number that the account proved."""
    person_id = dossiers.person(tx)
    found = await index.of(OWNER, person_id, purpose="public_services.own-dossiers")
    if found is not None:
        await repository.recognise(tx, found, person_id)


async def rate(tx: Transaction, dossier_id: UUID, opinion: Opinion) -> Rating:
    """Keep the owner's opinion, and another one for fifteen days.

    Raises `NotFound`, `NotFinished` or `RatingClosed`.
    """
    person_id = dossiers.person(tx)
    dossier = await dossier_rows.own_one(tx, person_id, dossier_id)
    if dossier is None:
        raise NotFound
    if group_of(dossier.status) not in _ENDED:
        raise NotFinished
    kept = await repository.rate(
        tx, dossier_id, person_id, opinion.level, opinion.comment.strip(), tx.now - _MIND
    )
    if kept is None:
        raise RatingClosed
    return kept


async def watch(tx: Transaction, tries: Tries, wanted: OwnToWatch | KnownToWatch) -> Watch:
    """Watch a dossier of one's own, or one that a proof shows.

    Raises `NotFound`, `NoSuchDossier`, `TooManyRequests`, `TooManyWatches`.
    """
    person_id = dossiers.person(tx)
    if isinstance(wanted, KnownToWatch):
        dossier = await dossiers.proved(tx, tries, wanted)
        basis = "factor"
    else:
        dossier = await dossier_rows.own_one(tx, person_id, wanted.dossier_id)
        if dossier is None:
            raise NotFound
        basis = "owner"
    kept = await repository.watch(tx, person_id, dossier.id, basis)
    if kept is None:
        raise TooManyWatches
    return kept


async def unwatch(tx: Transaction, dossier_id: UUID) -> None:
    """Be told no more. Raises `NotFound`."""
    if not await repository.unwatch(tx, dossiers.person(tx), dossier_id):
        raise NotFound


async def watches(snapshot: Snapshot) -> list[WatchedDossier]:
    """Return what the caller watches, the newest first."""
    found = await repository.watches(snapshot, dossiers.person(snapshot))
    rows = await repository.watched(snapshot, [each.dossier_id for each in found])
    standings = await dossiers.standings(snapshot, rows)
    known = {row.id: told for row, told in zip(rows, standings, strict=True)}
    return [
        WatchedDossier(watch=each, standing=known[each.dossier_id])
        for each in found
        if each.dossier_id in known
    ]


async def favour(tx: Transaction, code: str) -> None:
    """Keep a procedure at hand, as it is in force today.

    Raises `NoSuchProcedure` or `TooManyFavourites`.
    """
    version = await catalogue.on(tx, code, tx.today)
    if version is None:
        raise NoSuchProcedure
    if not await repository.favour(tx, dossiers.person(tx), code, version.id):
        raise TooManyFavourites


async def unfavour(tx: Transaction, code: str) -> None:
    """Keep a procedure at hand no longer."""
    await repository.unfavour(tx, dossiers.person(tx), code)


async def favourites(snapshot: Snapshot) -> Sequence[Favourite]:
    """Return what the caller keeps at hand, and where to go on from what has ended."""
    kept = await repository.favourites(snapshot, dossiers.person(snapshot))
    gone = [each.code for each in kept if each.title is None]
    after = await successors.of(snapshot, gone, snapshot.today)
    return [
        Favourite(**msgspec.structs.asdict(each), successors=tuple(after.get(each.code, ())))
        for each in kept
    ]
