"""Sessions that wait for a provider: the person is asked there, and the house asks what they said.

Only hashes leave the house. What comes back is looked at like what a device hands in: both
signatures are the certified key's over exactly what was prepared, or nothing is kept. Each answer
is written down before the next step, so that what a person has confirmed outlives a process that is
killed and a timestamp authority that is away: nobody is asked twice.
"""

import asyncio
from collections.abc import Sequence
from datetime import timedelta
from hashlib import sha256
from typing import Final, TypeAlias
from uuid import UUID

import msgspec

from backend.kernel import DomainError, Errand, Job, Transaction
from contracts.remote_signing import (
    Begun,
    Confirmed,
    HashesSigned,
    HashesToSign,
    Rejected,
    RemoteSigner,
    Unanswered,
)
from modules.documents.errors import (
    ConfirmationLost,
    ProviderConfused,
    SessionExpired,
    SignatureInvalid,
    TimestampUnavailable,
    TooManyDocuments,
)
from modules.documents.model import cms, handing_in, jws
from modules.documents.model.canonical import accepted_as
from modules.documents.model.ceremony import Intention, RemoteState, Session
from modules.documents.model.envelope import Envelope
from modules.documents.repository import remote as repository
from modules.documents.repository import revisions, signing
from modules.documents.repository.signing import Item
from modules.documents.service import ceremony, closing, stamping
from modules.documents.service.ceremony import Handed
from modules.documents.service.remote import signers
from modules.documents.service.remote.csc import PATIENCE_SECONDS
from modules.documents.service.stamping import Stamper
from modules.documents.settings import Settings

_AT_ONCE: Final = timedelta()
_SOON: Final = timedelta(seconds=3)
_LATER: Final = timedelta(seconds=15)
_STAMPED_WITHIN_SECONDS: Final = 60
_SECONDS_MAX: Final = _STAMPED_WITHIN_SECONDS + PATIENCE_SECONDS


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


class Stamped(msgspec.Struct, frozen=True, kw_only=True):
    """A timestamp for each signature of a PDF, and one for all of the data."""

    tokens: tuple[bytes, ...]


Answer: TypeAlias = Begun | Confirmed | HashesSigned | Rejected | Unanswered | Stamped
"""What was answered: by the provider or, at the end, by a timestamp authority."""


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


async def _look_after(tx: Transaction, turn: Turn, after: timedelta = _AT_ONCE) -> None:
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
    if session is None or not _is_at(session, turn.turn):
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


async def _call(going: Going | None) -> Answer | None:
    if going is None:
        return None
    if going.session.answer is not None:
        return await _stamped(going, going.session.answer)
    if going.signer is None:
        return Unanswered()
    handle = going.session.activation or going.session.provider_ref
    if handle is None:
        return await going.signer.start(going.request)
    return await going.signer.poll(going.request, handle)


async def _stamped(going: Going, values: Sequence[bytes]) -> Stamped | Unanswered:
    """Return timestamps of what was signed; nothing when nobody gives them now."""
    algorithm = going.session.algorithm
    printed = [handing_in.in_cms(algorithm, jws.encoded(value)) for value in values[1::2]]
    try:
        async with asyncio.timeout(_STAMPED_WITHIN_SECONDS), going.stamper.open() as stamper:
            wanted = stamping.to_stamp(printed, [jws.encoded(value) for value in values[::2]])
            return Stamped(tokens=tuple([await stamper.stamp(each) for each in wanted]))
    except (TimestampUnavailable, TimeoutError):
        return Unanswered()


async def _settle(tx: Transaction, going: Going | None, answer: Answer | None) -> None:
    if going is None or answer is None:
        return
    session = await tx.maybe(signing.SESSION, going.session.id)
    if session is not None and _is_at(session, going.session.turn):
        # Else it was cancelled meanwhile, or another worker was quicker.
        await _follow(tx, session, going.items, answer)


async def _follow(
    tx: Transaction, session: signing.Session, items: Sequence[Item], answer: Answer
) -> None:
    match answer:
        case Begun(handle=handle):
            if await tx.run(repository.BEGUN, session.id, session.turn, handle):
                await _go_on(tx, session, _SOON)
            else:
                await _end(tx, session, "failed", ProviderConfused.slug)
        case Confirmed(handle=handle):
            await tx.run(repository.CONFIRMED, session.id, session.turn, handle)
            await _go_on(tx, session, _AT_ONCE)
        case Unanswered():
            await tx.run(repository.AGAIN, session.id, session.turn)
            await _go_on(tx, session, _LATER)
        case Rejected() if session.state == "confirmed":
            await _end(tx, session, "failed", ConfirmationLost.slug)
        case Rejected():
            await _end(tx, session, "rejected")
        case HashesSigned(values=values):
            await _take(tx, session, items, values)
        case Stamped(tokens=tokens):
            await _finish(tx, session, _handed(items, session.answer or (), tokens))


def _is_at(session: signing.Session, turn: int) -> bool:
    return session.state in {"waiting", "confirmed"} and session.turn == turn


async def _go_on(tx: Transaction, session: signing.Session, after: timedelta) -> None:
    await _look_after(tx, Turn(session_id=session.id, turn=session.turn + 1), after)


async def _take(
    tx: Transaction, session: signing.Session, items: Sequence[Item], values: Sequence[bytes]
) -> None:
    """Write down what was signed, if it is what was to be signed: timestamps come afterwards.

    From here on the session lives longer, for its person has done what was theirs to do.
    """
    try:
        if tx.now >= session.expires_at:
            raise SessionExpired
        if len(values) != 2 * len(items):
            raise SignatureInvalid
        unstamped = [b""] * (len(items) + 1)
        await ceremony.require_genuine(tx, session, _handed(items, values, unstamped))
    except DomainError as error:
        await _end(tx, session, "failed", error.slug)
        return
    until = tx.now + tx.ask(Settings).confirmed_lives
    await tx.run(repository.TAKE, session.id, session.turn, values, until)
    await tx.run(repository.HOLD_ON, session.id, until)
    await _go_on(tx, session, _AT_ONCE)


async def _finish(tx: Transaction, session: signing.Session, handed: Sequence[Handed]) -> None:
    """Keep what was signed and has its time; or write down why not."""
    try:
        await ceremony.keep(tx, session, handed)
    except DomainError as error:
        await _end(tx, session, "failed", error.slug)
        return
    await _end(tx, session, "finalised")


def _handed(
    items: Sequence[Item], values: Sequence[bytes], tokens: Sequence[bytes]
) -> list[Handed]:
    pairs = zip(values[::2], values[1::2], strict=True)
    given = [(jws.encoded(data), jws.encoded(printed)) for data, printed in pairs]
    stamped = stamping.stamped_with(tokens, [data for data, _ in given])
    return [Handed(*each) for each in zip(items, given, stamped, strict=True)]


async def _end(
    tx: Transaction, session: signing.Session, state: RemoteState, reason: str | None = None
) -> None:
    await tx.run(repository.END, session.id, state, reason)
    await tx.run(signing.RELEASE_ALL, session.id)


SIGN_REMOTELY: Final = Job(
    name="documents.sign-remotely",
    run=Errand(prepare=_prepare, call=_call, settle=_settle, seconds_max=_SECONDS_MAX),
    attempts_max=12,
    payload=Turn,
)
"""Lets a provider ask a person to sign, and takes what they have signed."""
