"""Agreeing, and taking it back: a line of the ledger each, from which follows what holds."""

from typing import Literal
from uuid import UUID

from backend.identity.consents import repository
from backend.identity.consents.ages import Age, age
from backend.identity.consents.repository import Consent
from backend.identity.errors import RecipientUnknown, TextOutdated
from backend.kernel import NotFound, Snapshot, Transaction, Unauthenticated
from contracts.identity import ConsentGiven, ConsentWithdrawn


async def give(tx: Transaction, *, text_id: UUID, recipient: str, person_id: UUID) -> Consent:
    """Agree, for oneself or for a ward, by the words that are shown today.

    Raises `TextOutdated` or `RecipientUnknown`; a stranger's child is `NotFound`.
    """
    text = await tx.maybe(repository.CURRENT_TEXT, text_id, tx.now)
    _require_own(tx, person_id)
    if text is None:
        raise TextOutdated
    if await tx.maybe(repository.RECIPIENT, recipient, text.purpose) is None:
        raise RecipientUnknown
    return await _decide(tx, person_id, text.purpose, recipient, text_id, "given")


async def withdraw(tx: Transaction, consent_id: UUID) -> None:
    """Take back what this person or a representative has said; it always works, and at once."""
    said = await tx.maybe(repository.SAID, consent_id)
    if said is None:  # the wall hides everybody else's
        raise NotFound
    await _decide(tx, said.person_id, said.purpose, said.recipient, said.text_id, "withdrawn")


async def mine(snapshot: Snapshot) -> tuple[Consent, ...]:
    """Return what was said last, by the caller and for the caller's wards, the newest first."""
    return tuple(await snapshot.all(repository.OF_PERSON, snapshot.now))


async def age_of(snapshot: Snapshot, person_id: UUID) -> Age:
    """Return whose word counts for this person today."""
    known = await snapshot.one(repository.REPRESENTED, person_id, snapshot.now)
    return age(is_represented=known.is_represented, of_age_at=known.of_age_at, now=snapshot.now)


async def _decide(
    tx: Transaction,
    person_id: UUID,
    purpose: str,
    recipient: str,
    text_id: UUID,
    decision: Literal["given", "withdrawn"],
) -> Consent:
    # Who decide at once take turns from here on. Lines are numbered before the trigger takes its
    # turn, so without this one of two could find the other's word after its own, and a consent that
    # came and went between two looks would be told to nobody.
    await tx.run(repository.TAKE_TURN, person_id, purpose, recipient)
    whose = await age_of(tx, person_id)
    held = await _holds(tx, person_id, purpose, recipient)
    consent_id = tx.new_id()
    acting = tx.principal.person_id
    await tx.run(
        repository.DECIDE,
        consent_id,
        person_id,
        purpose,
        recipient,
        text_id,
        decision,
        "app",
        tx.principal.session_id,
        None if acting == person_id else acting,
        whose.band,
        whose.until,
        tx.now,
    )
    holds = await _holds(tx, person_id, purpose, recipient)
    if holds and not held:
        await tx.publish(ConsentGiven(person_id=person_id, purpose=purpose, recipient=recipient))
    if held and not holds:
        await tx.publish(
            ConsentWithdrawn(person_id=person_id, purpose=purpose, recipient=recipient)
        )
    (said,) = [each for each in await mine(tx) if each.id == consent_id]
    return said


async def _holds(tx: Transaction, person_id: UUID, purpose: str, recipient: str) -> bool:
    return (await tx.one(repository.HOLDS, person_id, purpose, recipient, tx.now)).is_held


def _require_own(tx: Transaction, person_id: UUID) -> None:
    """Return if the caller may speak for this person: wards are known from the first statement."""
    if tx.principal.person_id is None:
        raise Unauthenticated
    if person_id != tx.principal.person_id and person_id not in tx.principal.wards:
        raise NotFound
