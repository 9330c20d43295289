"""How a dossier stands: for its owner, and for whoever knows its code and a proof."""

import logging
from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Final
from uuid import UUID

from backend.kernel import NotFound, Snapshot, TooManyRequests, Transaction, Tries, at_most
from contracts.page import Page
from modules.public_services.errors import NoSuchDossier
from modules.public_services.model.dossier_views import (
    DossierQuestion,
    DossierStanding,
    OwnDossier,
    PublicDossier,
    ToldStep,
    standing_of,
    step_of,
    told_step_of,
)
from modules.public_services.model.dossiers import Dossier, Moment, clock_of
from modules.public_services.repository import dossiers as repository
from modules.public_services.repository import offices
from modules.public_services.service import deadlines
from modules.public_services.service.pulling import refresh_if_old
from modules.public_services.service.tags import tags_of

WRONG_ABOUT_A_CODE: Final = at_most(5, per=timedelta(days=1), by="address")
WRONG_FROM_AN_ADDRESS: Final = at_most(10, per=timedelta(hours=1), by="address")
WRONG_FROM_EVERYBODY: Final = at_most(3000, per=timedelta(hours=1), by="address")
"""A brake for the day on which many addresses guess together: whoever signs in is not held up."""

_EVERYBODY: Final = "*"
_log: Final = logging.getLogger(__name__)
_STEPS_MAX: Final = 200


async def look_up(snapshot: Snapshot, tries: Tries, asked: DossierQuestion) -> PublicDossier:
    """Return what a proof shows of a dossier.

    Raises `NoSuchDossier` after the same statements for an unknown code, a wrong proof and a code
    that was guessed at too often; owners have another door, so guessing locks nobody out. Raises
    `TooManyRequests` for the address, or when the whole province guesses.
    """
    dossier = await proved(snapshot, tries, asked)
    (standing,) = await standings(snapshot, [dossier])
    page = await repository.steps(snapshot, dossier.id, None, _STEPS_MAX)
    hotlines = await offices.hotlines(snapshot)
    steps = [step_of(told) for told in page.items]
    return PublicDossier(standing=standing, steps=steps, hotlines=hotlines)


async def proved(snapshot: Snapshot, tries: Tries, asked: DossierQuestion) -> Dossier:
    """Return the dossier that a proof shows. Raises what `look_up` raises.

    A wrong answer is paid for before it is known to be wrong, so that many at once gain nothing.
    """
    await tries.spend(WRONG_FROM_AN_ADDRESS)
    await tries.spend(WRONG_FROM_EVERYBODY, about=_EVERYBODY)
    tags = tags_of(snapshot)
    proof, nobodys = tags.proof(asked.code, asked.factor), tags.nobody()
    try:
        await tries.spend(WRONG_ABOUT_A_CODE, about=asked.code)
    except TooManyRequests:
        _log.warning("a dossier code was guessed at too often")
        proof = nobodys
    dossier = await repository.shown_by(snapshot, proof)
    if dossier is None:
        raise NoSuchDossier
    tries.give_back(WRONG_ABOUT_A_CODE, about=asked.code)
    tries.give_back(WRONG_FROM_EVERYBODY, about=_EVERYBODY)
    tries.give_back(WRONG_FROM_AN_ADDRESS)
    return dossier


async def own(snapshot: Snapshot, cursor: str | None, limit: int) -> Page[OwnDossier]:
    """Return the caller's own dossiers, the one that moved last first."""
    page = await repository.own(snapshot, person(snapshot), cursor, limit)
    return Page(items=await _owned(snapshot, page.items), next_cursor=page.next_cursor)


async def read_own(tx: Transaction, dossier_id: UUID) -> OwnDossier:
    """Return one of the caller's own dossiers, and have it asked for anew when it is old.

    Raises `NotFound`.
    """
    dossier = await _mine(tx, dossier_id)
    (found,) = await _owned(tx, [dossier])
    await refresh_if_old(tx, dossier, found.standing.source.as_of)
    return found


async def timeline(
    snapshot: Snapshot, dossier_id: UUID, cursor: str | None, limit: int
) -> Page[ToldStep]:
    """Return what happened to one of the caller's own dossiers. Raises `NotFound`."""
    dossier = await _mine(snapshot, dossier_id)
    page = await repository.steps(snapshot, dossier.id, cursor, limit)
    items = [told_step_of(told) for told in page.items]
    return Page(items=items, next_cursor=page.next_cursor)


def person(snapshot: Snapshot) -> UUID:
    """Return who asks. Raises `NotFound` for whoever is no person."""
    if snapshot.principal.person_id is None:
        raise NotFound
    return snapshot.principal.person_id


async def _mine(snapshot: Snapshot, dossier_id: UUID) -> Dossier:
    dossier = await repository.own_one(snapshot, person(snapshot), dossier_id)
    if dossier is None:
        raise NotFound
    return dossier


async def _owned(snapshot: Snapshot, dossiers: Sequence[Dossier]) -> list[OwnDossier]:
    found = await standings(snapshot, dossiers)
    return [
        OwnDossier(id=dossier.id, standing=standing, fee_due_vnd=dossier.fee_due_vnd)
        for dossier, standing in zip(dossiers, found, strict=True)
    ]


async def standings(snapshot: Snapshot, dossiers: Sequence[Dossier]) -> list[DossierStanding]:
    """Return where they stand: two statements, however many they are."""
    moments: dict[UUID, list[Moment]] = {dossier.id: [] for dossier in dossiers}
    for moment in await repository.moments(snapshot, list(moments)):
        moments[moment.dossier_id].append(moment)
    sources = sorted({dossier.source for dossier in dossiers})
    connectors = {each.source: each for each in await repository.connectors(snapshot, sources)}
    return [
        standing_of(
            dossier,
            moments[dossier.id],
            connectors.get(dossier.source),
            snapshot.now,
            await _answer_due(snapshot, dossier),
        )
        for dossier in dossiers
    ]


async def _answer_due(snapshot: Snapshot, dossier: Dossier) -> datetime | None:
    if clock_of(dossier.status) != "acceptance":
        return None
    return await deadlines.answer_due(snapshot, dossier.submitted_at)
