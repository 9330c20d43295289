"""Health cards of immunisations, signed with a key that signs nothing else."""

from datetime import timedelta
from functools import partial
from typing import Any, Final
from uuid import UUID

import msgspec

from backend.kernel import NotFound, Snapshot, Transaction
from contracts.keys import SigningKeys
from modules.health_books.model import cards
from modules.health_books.model.cards import CardKeys
from modules.health_books.model.content import Patient
from modules.health_books.repository import own as repository
from modules.health_books.repository import visits
from modules.health_books.repository.own import CardKeyRow
from modules.health_books.service import closing

_SIGNS_FOR: Final = timedelta(days=365)


class HealthCards(
    msgspec.Struct,
    frozen=True,
    kw_only=True,
    rename={"verifiable_credential": "verifiableCredential"},
):
    """Cards as the framework's files have them, and each as its QR code says it."""

    verifiable_credential: tuple[str, ...]
    qr: tuple[str, ...]


def issuer(snapshot: Snapshot) -> str:
    """Return whose name cards bear; the keys lie below it at `/.well-known/jwks.json`."""
    return f"{snapshot.base_url}/v1/health-books/cards"


async def mine(tx: Transaction, person_id: UUID) -> HealthCards:
    """Return the doses of one's book that a doctor has signed and that are not sensitive.

    Raises `NotFound` where there is none.
    """
    rows = await tx.all(visits.SEEN, person_id, [])
    entries = await closing.opened(tx, rows)
    doses: dict[tuple[str, str], dict[str, Any]] = {
        (each.body["vaccine"], each.body["given_on"]): each.body
        for each in entries
        if each.kind == "immunizations"
    }
    if not doses:
        raise NotFound
    patient = [each.body for each in entries if each.kind == "patient"][-1]
    key = await _in_use(tx)
    kid = cards.card_key(key.public).kid
    sign = partial(tx.ask(SigningKeys).sign, key.reference)
    made = cards.cards(
        issuer(tx),
        f"{tx.base_url}/fhir/vaccine",
        msgspec.convert(patient, Patient),
        sorted(doses.values(), key=lambda dose: dose["given_on"]),
        tx.now,
        lambda payload: cards.jws(kid, payload, sign),
    )
    return HealthCards(verifiable_credential=tuple(made), qr=tuple(map(cards.digits, made)))


async def published(snapshot: Snapshot) -> CardKeys:
    """Return every key that ever signed a card, the one in use first."""
    rows = await snapshot.all(repository.CARD_KEYS)
    return CardKeys(keys=tuple(cards.card_key(row.public) for row in rows))


async def _in_use(tx: Transaction) -> CardKeyRow:
    """Return the key that signs now; a year later another one does."""
    newest = await _newest(tx)
    if newest is None:
        await tx.run(repository.LOCK_CARD_KEYS)
        newest = await _newest(tx)
    return newest or await _made(tx)


async def _newest(tx: Transaction) -> CardKeyRow | None:
    rows = await tx.all(repository.CARD_KEYS)
    return rows[0] if rows and rows[0].made_at > tx.now - _SIGNS_FOR else None


async def _made(tx: Transaction) -> CardKeyRow:
    store = tx.ask(SigningKeys)
    reference = store.create("p256")
    made = CardKeyRow(public=store.public(reference), reference=reference, made_at=tx.now)
    await tx.run(repository.ADD_CARD_KEY, tx.new_id(), made.public, reference, tx.now)
    return made
