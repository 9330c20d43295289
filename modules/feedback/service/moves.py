"""How a report is moved: one call, as the machines allow, and kept in its history.

Of two officers who act on what both have seen, one statement lets the first through. The second is
told `NotFromHere` (409), because the report now stands elsewhere; only where the same call would
still be allowed is it told `VersionStale` (412): look again, then decide.
"""

from collections.abc import Mapping, Sequence
from datetime import timedelta
from secrets import token_bytes
from typing import Final
from uuid import UUID

import msgspec

from backend.kernel import NotFound, Transaction, VersionStale
from contracts.files import StoredFile
from modules.feedback.errors import NotFromHere
from modules.feedback.model.history import (
    NOTHING,
    SALT_BYTES,
    Entry,
    Head,
    committed,
    content,
    linked,
)
from modules.feedback.model.machines import (
    AssignmentState,
    Call,
    Standing,
    Who,
    after,
    allowed,
    led,
)
from modules.feedback.model.reports import Report
from modules.feedback.repository import desk as decisions
from modules.feedback.repository import history, ratings
from modules.feedback.repository import reports as repository
from modules.feedback.service import clocks, handovers, own_words
from modules.feedback.settings import Settings

_LETS_GO: Final = frozenset({Call.RELEASE, Call.IDLE})
_BEGINS_AGAIN: Final = frozenset({Call.REOPENING_GRANTED, Call.REOPENING_LAPSE})


class Words(msgspec.Struct, frozen=True, kw_only=True):
    """What is said with a call: words for people, photos, and codes for machines."""

    text: str | None = None
    photos: Sequence[StoredFile] = ()
    codes: Sequence[str] = ()
    answers: Mapping[str, Sequence[str]] = {}
    """To the questions of the category, by question."""


NO_WORDS = Words()


async def make(
    tx: Transaction,
    report: Report,
    call: Call,
    who: Who,
    *,
    version: int,
    words: Words = NO_WORDS,
    canonical_id: UUID | None = None,
) -> int:
    """Make the call if the report still stands as its caller saw it, in `version`.

    Returns the number of the event, which is also the report's new version. Raises `NotFromHere`
    or `VersionStale`; nothing of the request is kept then.
    """
    target = after(report.standing, call)
    if target is None:
        raise not_from_here(report, who)
    if version != report.version:
        raise VersionStale(current_version=report.version)
    moved = _moved(tx, report, call, target, canonical_id)
    if not await repository.move(tx, report, moved):
        raise await _overtaken(tx, report.id, call, who)
    work_id = report.assignment_id if moved.cycle == report.cycle else None
    if work_id is not None and target.assignment != report.assignment:
        await decisions.move_assignment(tx, work_id, target)
        if target.assignment is AssignmentState.CANCELLED:
            await handovers.call_off(tx, report, work_id)
        elif target.assignment is AssignmentState.RETURNED:  # whoever returns it knows
            await handovers.drop(tx, work_id)
        elif call is Call.REFUSAL and report.owner_agency_id is not None:
            await handovers.pass_on(tx, report, work_id, report.owner_agency_id)
    if target.publication != report.publication:
        await decisions.move_publication(tx, report.id, target)
    if target.rating is not None and target.rating != report.rating:
        await ratings.move(tx, report.id, report.cycle, target.rating)
    await clocks.follow(tx, report.id, report.state, moved.state)
    head = await history.head(tx, report.id)
    await record(tx, report.id, call, report.standing, target, head=head, words=words)
    return head.seq + 1


def _moved(
    tx: Transaction, report: Report, call: Call, target: Standing, canonical_id: UUID | None
) -> Report:
    """Return the report as the call leaves it, in everything that is counted or held."""
    claimed_by, claimed_until = report.claimed_by, report.claimed_until
    if call is Call.CLAIM:
        idle = timedelta(minutes=tx.ask(Settings).claim_idle_minutes)
        claimed_by, claimed_until = tx.principal.staff_id, tx.now + idle
    if call in _LETS_GO:
        claimed_by = claimed_until = None
    return msgspec.structs.replace(
        report,
        state=target.report or report.state,
        asked_from=target.asked_from,
        merged_from=target.merged_from,
        merged_work=target.merged_work,
        canonical_id=(canonical_id or report.canonical_id) if target.merged_from else None,
        claimed_by=claimed_by,
        claimed_until=claimed_until,
        cycle=report.cycle + (call in _BEGINS_AGAIN),
        reopenings=report.reopenings + (call is Call.REOPENING),
        returns=report.returns + (call is Call.RETURN),
    )


def not_from_here(report: Report, who: Who) -> NotFromHere:
    """Return the refusal of a call that the report does not allow where it stands."""
    return NotFromHere(
        state=report.state.value,
        allowed=[call.value for call in allowed(report.standing, who)],
    )


async def _overtaken(
    tx: Transaction, report_id: UUID, call: Call, who: Who
) -> NotFromHere | VersionStale | NotFound:
    """Say why the report could not be moved: somebody else moved it first."""
    report = await repository.find(tx, report_id)
    if report is None:
        return NotFound()
    if after(report.standing, call) is None:
        return not_from_here(report, who)
    return VersionStale(current_version=report.version)


async def record(
    tx: Transaction,
    report_id: UUID,
    call: Call,
    source: Standing,
    target: Standing,
    *,
    head: Head | None,
    words: Words,
) -> None:
    """Add what happened to the history, after `head`."""
    salt = token_bytes(SALT_BYTES)
    digests = [photo.sha256 for photo in words.photos]
    said = content(words.text or "", digests, words.answers)
    began, ended = led(source, target, call)
    entry = Entry(
        report_id=report_id,
        seq=1 if head is None else head.seq + 1,
        kind=call,
        at=tx.now,
        # Whoever reports without an account, or by a program of somebody else, is a citizen too.
        actor=kind if (kind := tx.principal.kind) in {"staff", "job"} else "citizen",
        acting_agency_id=tx.principal.agency_id,
        source=began,
        target=ended,
        codes=words.codes,
        commitment=committed(salt, said),
        hash=b"",
    )
    before = NOTHING if head is None else head.hash
    # The reporter's own words lie in `report_text`, so that there is one copy of them to erase.
    beside = None if call is Call.FILING else words.text
    hashed = msgspec.structs.replace(entry, hash=linked(before, entry))
    await history.append(tx, hashed, salt, beside)
    if beside is not None and entry.actor == "citizen":
        await own_words.note(tx, report_id, str(entry.seq), beside)
