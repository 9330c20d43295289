"""Samples for the demo province: phones in software sign what waits for demo people."""

import asyncio
from collections.abc import Sequence
from datetime import timedelta
from pathlib import Path
from typing import Final
from uuid import UUID

import msgspec
from cryptography.hazmat.primitives.asymmetric.ec import SECP256R1, generate_private_key

from backend.kernel import Job, Later, Principal, Transaction
from contracts.demo import SIGNERS, demo_id
from modules.documents.model import jws
from modules.documents.model import kit as kits
from modules.documents.model.ceremony import DOCUMENTS_MAX, HandedIn, Intention
from modules.documents.repository import documents, signing, statuses
from modules.documents.service import ceremony, copying, enrolment, reading, verification

FOLDER: Final = "samples"
_SOON: Final = timedelta(seconds=3)


class Samples(msgspec.Struct, frozen=True, kw_only=True):
    """Which demo documents are to be shown, once they are issued; none of them: look for some."""

    documents: tuple[UUID, ...] = ()


class InTurn(msgspec.Struct, frozen=True, kw_only=True):
    """Whose phones sign, one after the other."""

    people: tuple[UUID, ...]


async def seed(tx: Transaction) -> None:
    """Let the phones look, once the other modules have drafted what they want signed."""
    await tx.enqueue(SIGN_SAMPLES, Samples())


class Phones:
    """Answers `DemoPhones` inside the caller's transaction."""

    def __init__(self, tx: Transaction) -> None:
        self._tx = tx

    async def sign(self, people: Sequence[UUID]) -> None:
        """Let these people sign what waits for them after the commit."""
        await self._tx.enqueue(SIGN_IN_TURN, InTurn(people=tuple(people)))


async def _sign(tx: Transaction, _: Samples) -> None:
    """Sign all that waits for demo people, each with a key that is forgotten afterwards."""
    people = [demo_id("person", name) for name in SIGNERS]
    signed: list[UUID] = []
    while waiting := await tx.all(signing.WAITING_FOR, people, tx.now):
        first = waiting[0]
        await _sign_with_phone(tx, first.person_id, [first.document_id])
        signed.append(first.document_id)
    if signed:
        await tx.enqueue(SHOW_SAMPLES, Samples(documents=tuple(dict.fromkeys(signed))))


async def _sign_in_turn(tx: Transaction, turns: InTurn) -> None:
    """Let each person sign all that waits for them, as many with one confirmation as there may."""
    for person_id in turns.people:
        while waiting := await tx.all(signing.WAITING_FOR, [person_id], tx.now):
            documents = [each.document_id for each in waiting[:DOCUMENTS_MAX]]
            await _sign_with_phone(tx, person_id, documents)


async def _sign_with_phone(tx: Transaction, person_id: UUID, documents: Sequence[UUID]) -> None:
    house = tx.principal
    tx.principal = Principal(kind="citizen", person_id=person_id, ial=2, acr="aal2")
    key = generate_private_key(SECP256R1())
    begun = await enrolment.ask(tx, jws.jwk_of(key.public_key()))
    proof = jws.encoded(jws.sign(key, jws.decoded(begun.to_be_signed)))
    paper = await enrolment.prove(tx, begun.id, proof)
    wish = Intention(documents=tuple(documents), certificate=paper.fingerprint)
    session = await ceremony.prepare(tx, wish)
    handed_in = tuple(
        HandedIn(
            document=prepared.document,
            kind=each.kind,
            format="raw",
            value=jws.encoded(jws.sign(key, jws.decoded(each.tbs))),
        )
        for prepared in session.documents
        for each in prepared.to_be_signed
    )
    await ceremony.finalise(tx, session.id, handed_in)
    tx.principal = house


async def _show(tx: Transaction, samples: Samples) -> None:
    """Put the issued samples into a folder for whoever has just started the house."""
    folder = tx.data_dir / FOLDER
    for document_id in samples.documents:
        standing = await tx.one(documents.STANDING, document_id)
        if standing.state not in {"issued", "superseded"}:
            raise Later(_SOON)
        who = await tx.one(signing.A_PARTY, document_id)
        tx.principal = Principal(kind="citizen", person_id=who.person_id)
        name = standing.kind.replace(".", "-")
        await asyncio.to_thread(
            _write,
            folder,
            [
                (f"{name}.pdf", await reading.original(tx, document_id)),
                (f"{name}.json", await reading.bundled(tx, document_id)),
                (f"{name}.zip", await reading.packaged(tx, document_id)),
                (f"{name}-paper.pdf", await copying.copied(tx, document_id)),
            ],
        )
    if not await tx.all(statuses.TOKENS):
        raise Later(_SOON)
    kit = kits.packed(await verification.kit(tx))
    await asyncio.to_thread(_write, folder, [("kit.zip", kit)])


def _write(folder: Path, files: Sequence[tuple[str, bytes]]) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    for name, raw in files:
        (folder / name).write_bytes(raw)


SIGN_SAMPLES: Final = Job(name="documents.sign-samples", run=_sign, payload=Samples)
"""Signs what waits for demo people; enqueued by the seed alone."""

SIGN_IN_TURN: Final = Job(name="documents.sign-in-turn", run=_sign_in_turn, payload=InTurn)
"""Signs what a seed has begun beside the samples; enqueued by what seeds have begun alone."""

SHOW_SAMPLES: Final = Job(name="documents.show-samples", run=_show, payload=Samples)
"""Writes the issued samples into a folder."""
