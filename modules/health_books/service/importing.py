"""What facilities' own systems send: judged at once, kept, and filed in a moment, once."""

from collections.abc import Iterator, Sequence
from typing import Final, Literal
from uuid import UUID

import msgspec

from backend.kernel import Job, NotFound, Snapshot, Transaction
from contracts.documents import Defect, Documents, Part, PersonalId
from contracts.keys import DataKeys
from contracts.personal_data import AccessLog, Look, People
from modules.health_books.errors import (
    BeingSigned,
    MessageRefused,
    MessageReused,
    SignatureInvalid,
    VisitRefused,
)
from modules.health_books.model import envelope as envelopes
from modules.health_books.model import sensitive
from modules.health_books.model.content import Visit
from modules.health_books.model.envelope import Envelope
from modules.health_books.model.kinds import OPEN, RESTRICTED, VisitKind
from modules.health_books.repository import messages as repository
from modules.health_books.repository.messages import State
from modules.health_books.scopes import CARE
from modules.health_books.service import filing


class Sent(Part, frozen=True, kw_only=True):
    """The content of a message: a visit, and the personal number of the doctor who will sign."""

    doctor: PersonalId
    visit: Visit


class Taken(msgspec.Struct, frozen=True, kw_only=True):
    """That a message is kept, in the words of QĐ 1551. Nothing of what it says, nor of whom."""

    msg_id: str
    code: Literal["CM_SUCCESS"] = "CM_SUCCESS"


class Outcome(msgspec.Struct, frozen=True, kw_only=True):
    """What came of a message; `reason` says why it was refused."""

    msg_id: str
    state: State
    reason: str | None


class ToFile(msgspec.Struct, frozen=True, kw_only=True):
    """A message that waits to be filed."""

    message_id: UUID


class _Kept(msgspec.Struct, frozen=True, kw_only=True):
    patient_id: UUID
    doctor_id: UUID
    visit: Visit


async def receive(tx: Transaction, envelope: Envelope) -> Taken:
    """Keep a message that can be filed; the same again changes nothing and is answered the same.

    What is refused is not kept. Raises `SignatureInvalid`, also for a sender who is not the
    caller's, `MessageReused`, and `MessageRefused`, which names every reason.
    """
    header = envelope.header
    sender = await tx.maybe(repository.SENDER, header.sender_id, tx.principal.client_id)
    if sender is None or not envelopes.is_signed(envelope, sender.public_key):
        raise SignatureInvalid(code="PS_SIGNATURE_INVALID")
    if await _is_known(tx, envelope):
        return Taken(msg_id=header.msg_id)
    sent = _sent(tx, envelope)
    kept = await _found(tx, sent)
    message_id = tx.new_id()
    key = (await tx.ask(DataKeys).given([message_id]))[message_id]
    closed = key.seal(msgspec.json.encode(kept), about=_about(message_id))
    named = (message_id, header.sender_id, header.msg_id, envelope.digest())
    if await tx.run(repository.KEEP, *named, sender.agency_id, closed, tx.now):
        await tx.enqueue(FILE, ToFile(message_id=message_id), key=str(message_id))
    else:  # the same moment has brought it twice
        await _is_known(tx, envelope)
    look = Look(subject_id=kept.patient_id, purpose=CARE, fields=("visit",), action="write")
    await tx.ask(AccessLog).note(look)
    return Taken(msg_id=header.msg_id)


async def outcome(snapshot: Snapshot, sender_id: str, msg_id: str) -> Outcome:
    """Return what came of a message of one's own. Raises `NotFound`."""
    known = await snapshot.maybe(repository.KNOWN, sender_id, msg_id)
    if known is None:
        raise NotFound
    return Outcome(msg_id=known.msg_id, state=known.state, reason=known.reason)


async def _is_known(tx: Transaction, envelope: Envelope) -> bool:
    known = await tx.maybe(repository.KNOWN, envelope.header.sender_id, envelope.header.msg_id)
    if known is not None and known.sha256 != envelope.digest():
        raise MessageReused(code="CM_INVALID_REQUEST")
    return known is not None


def _sent(tx: Transaction, envelope: Envelope) -> Sent:
    """Return what the message says, if it could be signed as it stands."""
    if envelope.header.receiver_id != tx.base_url:
        raise _refused([Defect(pointer="/header/receiver_id", code="another-receiver")])
    raw = envelopes.content(envelope.data)
    try:
        sent = msgspec.json.decode(raw or b"", type=Sent)
    except (ValueError, RecursionError) as error:  # it may say what must not be told again
        raise _refused([Defect(pointer="/data", code="format")]) from error
    found = [
        msgspec.structs.replace(each, pointer=f"/data/visit{each.pointer}")
        for each in _defects(tx.ask(Documents), sent.visit)
    ]
    if sent.visit.facility.code != envelope.header.sender_id:
        found.append(Defect(pointer="/data/visit/facility/code", code="another-facility"))
    if sent.visit.patient.personal_id is None:
        found.append(Defect(pointer="/data/visit/patient/personal_id", code="missing"))
    if found:
        raise _refused(found)
    return sent


def _defects(documents: Documents, visit: Visit) -> Iterator[Defect]:
    """Look at the whole visit, so that no place tells what of it is restricted."""
    for each in documents.defects(RESTRICTED.name, visit):
        if each.code != "not-restricted":
            yield each
    opened, _ = sensitive.split(visit)
    for each in () if opened is None else documents.defects(OPEN.name, opened):
        if each.code == "restricted":
            yield each


async def _found(tx: Transaction, sent: Sent) -> _Kept:
    """Find the two people here; both read in their access log that they were looked for."""
    people = tx.ask(People)
    number = sent.visit.patient.personal_id or ""
    patient = await people.find("national_id", number, purpose=CARE)
    doctor = await people.find("national_id", sent.doctor, purpose=CARE)
    if patient is None or doctor is None:
        places = {"/data/visit/patient/personal_id": patient, "/data/doctor": doctor}
        raise _refused(
            [Defect(pointer=at, code="nobody-here") for at, who in places.items() if who is None]
        )
    return _Kept(patient_id=patient, doctor_id=doctor, visit=sent.visit)


def _refused(defects: Sequence[Defect]) -> MessageRefused:
    return MessageRefused(code="CM_INVALID_REQUEST", defects=msgspec.to_builtins(defects))


def _about(message_id: UUID) -> str:
    return f"health_books.message.body_enc {message_id}"


async def _file(tx: Transaction, waiting: ToFile) -> None:
    row = await tx.one(repository.LOCK, waiting.message_id)
    keys = await tx.ask(DataKeys).of([row.id])
    if row.body_enc is None:
        return
    raw = keys[row.id].open(row.body_enc, about=_about(row.id))
    kept = msgspec.json.decode(raw, type=_Kept)
    reason = await _filed(tx, row.agency_id, kept)
    await tx.run(repository.SETTLE, row.id, "filed" if reason is None else "refused", reason)
    await tx.ask(DataKeys).destroy([row.id])


async def _filed(tx: Transaction, agency_id: UUID, kept: _Kept) -> str | None:
    """File the visit whole, or nothing of it; return why not."""
    people = {VisitKind.DOCTOR: kept.doctor_id, VisitKind.FACILITY: agency_id}
    try:
        async with tx.attempt():
            await filing.file(tx, kept.patient_id, people, kept.visit)
    except BeingSigned:
        return "being-signed"
    except VisitRefused as refused:
        defects = msgspec.convert(refused.members["defects"], list[Defect])
        return f"{defects[0].code} {defects[0].pointer}".strip()
    return None


FILE: Final = Job(name="health_books.file-message", run=_file, payload=ToFile)
"""Files what a facility has sent, and forgets the words of the message."""
