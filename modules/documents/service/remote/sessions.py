"""Sessions that wait for a provider: the person is asked there, and the house asks what they said.

Only hashes leave the house. What comes back is looked at like what a device hands in: both
signatures are the certified key's over exactly what was prepared, or nothing is kept.
"""

from collections.abc import Sequence
from datetime import timedelta
from hashlib import sha256
from typing import Final, TypeAlias
from uuid import UUID

import msgspec

from backend.kernel import DomainError, Errand, Job, Transaction
from contracts.remote_signing import (
    Begun,
    HashesSigned,
    HashesToSign,
    Rejected,
    RemoteSigner,
    Unanswered,
)
from modules.documents.errors import (
    ProviderConfused,
    SessionExpired,
    SignatureInvalid,
    TimestampUnavailable,
    TooManyDocuments,
)
from modules.documents.model import cms, handing_in, jws
from modules.documents.model.canonical import accepted_as
from modules.documents.model.ceremony import Intention, Session
from modules.documents.model.envelope import Envelope
from modules.documents.repository import remote as repository
from modules.documents.repository import revisions, signing
from modules.documents.repository.signing import Item
from modules.documents.service import ceremony, closing, stamping
from modules.documents.service.ceremony import Handed
from modules.documents.service.remote import signers
from modules.documents.service.remote.csc import PATIENCE_SECONDS
from modules.documents.service.stamping import Stamper

_SOON: Final = timedelta(seconds=3)
_LATER: Final = timedelta(seconds=15)

Answer: TypeAlias = Begun | HashesSigned | Rejected | Unanswered


class Turn(msgspec.Struct, frozen=True, kw_only=True):
    """A session to look after, unless it has had another turn since."""

    session_id: UUID
    turn: int


class Going(msgspec.Struct, frozen=True, kw_only=True):
    """What to say to the provider next; nothing when the provider is gone."""

    session: signing.Session
    items: Sequence[Item]
    request: HashesToSign
    signer: RemoteSigner | None
    stamper: Stamper


class Said(msgspec.Struct, frozen=True, kw_only=True):
    """What it has answered, and a timestamp for each signature of a PDF if it has signed."""

    answer: Answer
    tokens: tuple[bytes, ...] | None = None


async def prepare(tx: Transaction, intention: Intention) -> Session:
    """Say what has to be signed; with a key that a provider keeps, let it ask the person.

    Raises what `ceremony.prepare` does, and `TooManyDocuments`.
    """
    prepared = await ceremony.prepare(tx, intention)
    session = await tx.one(signing.SESSION, prepared.id)
    if session.provider is not None:
        if 2 * len(prepared.documents) > session.signatures_max:
            raise TooManyDocuments(documents_max=session.signatures_max // 2)
        await _look_after(tx, Turn(session_id=session.id, turn=0))
    return prepared


async def _look_after(tx: Transaction, turn: Turn, after: timedelta = timedelta()) -> None:
    key = f"{turn.session_id}:{turn.turn}"
    await tx.enqueue(SIGN_REMOTELY, turn, at=tx.now + after, key=key)


async def _prepare(tx: Transaction, turn: Turn) -> Going | None:
    session = await _current(tx, turn)
    if session is None:
        return None
    items = await tx.all(signing.ITEMS, session.id)
    stamper = await stamping.stamper(tx)
    if stamper.own is None:
        stamper = msgspec.structs.replace(stamper, trusted=await stamping.anchors(tx))
    return Going(
        session=session,
        items=items,
        request=await _request(tx, session, items),
        signer=signers.named(tx, session.provider or ""),
        stamper=stamper,
    )


async def _current(tx: Transaction, turn: Turn) -> signing.Session | None:
    """Return a session that waits for this turn, locked; end it when its time is over."""
    session = await tx.maybe(signing.SESSION, turn.session_id)
    if session is None or session.state != "waiting" or session.turn != turn.turn:
        return None
    if tx.now < session.expires_at:
        return session
    await _end(tx, session, "expired")
    return None


async def _request(
    tx: Transaction, session: signing.Session, items: Sequence[Item]
) -> HashesToSign:
    """Return two hashes for each document: as data, then as PDF."""
    hashes: list[bytes] = []
    codes: list[str] = []
    for item in items:
        row = await tx.one(revisions.REVISION, item.document_id, item.rev)
        paper = await closing.paper(tx, row)
        data = jws.signing_input(item.protected, paper.content)
        printed = cms.signed_attributes(item.file_sha256, session.der)
        hashes += [sha256(data).digest(), sha256(printed).digest()]
        codes.append(accepted_as(paper.content, Envelope).code)
    return HashesToSign(
        ref=str(session.id),
        credential=session.credential or "",
        algorithm=session.algorithm,
        hashes=tuple(hashes),
        about=f"{tx.base_url}: {', '.join(codes)}"[:500],
    )


async def _call(going: Going | None) -> Said | None:
    if going is None:
        return None
    if going.signer is None:
        return Said(answer=Unanswered())
    handle = going.session.provider_ref
    if handle is None:
        return Said(answer=await going.signer.start(going.request))
    answer = await going.signer.poll(going.request, handle)
    if not isinstance(answer, HashesSigned):
        return Said(answer=answer)
    return Said(answer=answer, tokens=await _stamped(going, answer))


async def _stamped(going: Going, answer: HashesSigned) -> tuple[bytes, ...] | None:
    """Return a timestamp for each signature of a PDF; None when nobody gives them."""
    try:
        printed = [_in_cms(going, value) for value in answer.values[1::2]]
        async with going.stamper.open() as stamper:
            return tuple([await stamper.stamp(each) for each in printed])
    except TimestampUnavailable:
        return None


def _in_cms(going: Going, value: bytes) -> bytes:
    return handing_in.in_cms(going.session.algorithm, jws.encoded(value))


async def _settle(tx: Transaction, going: Going | None, said: Said | None) -> None:
    if going is None or said is None:
        return
    session = await tx.maybe(signing.SESSION, going.session.id)
    if session is None or session.state != "waiting" or session.turn != going.session.turn:
        return  # it was cancelled meanwhile, or another worker was quicker
    match said.answer:
        case Begun(handle=handle):
            await _wait(tx, session, handle, _SOON)
        case Unanswered():
            await _wait(tx, session, session.provider_ref, _LATER)
        case Rejected():
            await _end(tx, session, "rejected")
        case HashesSigned(values=values):
            await _finish(tx, session, going.items, (values, said.tokens))


async def _wait(
    tx: Transaction, session: signing.Session, handle: str | None, after: timedelta
) -> None:
    if not await tx.run(repository.BEGUN, session.id, session.turn, handle):
        await _end(tx, session, "failed", ProviderConfused.slug)
        return
    await _look_after(tx, Turn(session_id=session.id, turn=session.turn + 1), after)


async def _finish(
    tx: Transaction,
    session: signing.Session,
    items: Sequence[Item],
    signed: tuple[Sequence[bytes], Sequence[bytes] | None],
) -> None:
    """Keep what was signed, once it has been looked at; or write down why not."""
    values, tokens = signed
    try:
        if tx.now >= session.expires_at:
            raise SessionExpired
        if tokens is None:
            raise TimestampUnavailable
        if len(values) != 2 * len(items) or len(tokens) != len(items):
            raise SignatureInvalid
        pairs = zip(values[::2], values[1::2], strict=True)
        given = [(jws.encoded(data), jws.encoded(printed)) for data, printed in pairs]
        handed = [Handed(*each) for each in zip(items, given, tokens, strict=True)]
        await ceremony.keep(tx, session, handed)
    except DomainError as error:
        await _end(tx, session, "failed", error.slug)
        return
    await _end(tx, session, "finalised")


async def _end(
    tx: Transaction, session: signing.Session, state: signing.RemoteState, reason: str | None = None
) -> None:
    await tx.run(repository.END, session.id, state, reason)
    await tx.run(signing.RELEASE_ALL, session.id)


SIGN_REMOTELY: Final = Job(
    name="documents.sign-remotely",
    run=Errand(prepare=_prepare, call=_call, settle=_settle, seconds_max=6 * PATIENCE_SECONDS),
    payload=Turn,
)
"""Lets a provider ask a person to sign, and takes what they have signed."""
