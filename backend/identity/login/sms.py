"""Sending text messages: an errand of the worker, through whoever is set up to send them.

What waits in the queue is sealed: neither a number nor a code can be read there.
"""

import asyncio
import logging
from datetime import datetime, timedelta
from pathlib import Path
from typing import Final
from uuid import UUID

import msgspec

from backend.identity.login import repository
from backend.identity.login.gateways import HttpSmsSender, gateways
from backend.identity.outside import Breaker
from backend.identity.settings import STAND_IN, Settings
from backend.kernel import Errand, GiveUp, Job, Later, Snapshot, Transaction, work_key
from backend.kms import Kms, kms_of
from contracts.identity import Accepted, Rejected, Sent, SmsSender, Unknown

OUTBOX: Final = "outbox"
"""Folder of the messages that the stand-in has written."""

_LOG: Final = logging.getLogger("tinhs.identity")
_PATIENCE_SECONDS: Final = 3
_BREAK_SECONDS: Final = 30.0
_UNKNOWN_WAITS: Final = timedelta(seconds=30)
_KEY: Final = "sms"
_NOBODY_THERE: Final = (Unknown(), Rejected(may_later=True))


class Letter(msgspec.Struct, frozen=True, kw_only=True):
    """A message as it is sealed."""

    to: str
    text: str


class Envelope(msgspec.Struct, frozen=True, kw_only=True):
    """A message as it waits in the queue."""

    challenge_id: UUID
    sealed: bytes
    expires_at: datetime
    avoid: tuple[str, ...] = ()
    """Who is not to carry it."""


class Sending(msgspec.Struct, frozen=True, kw_only=True):
    """A message on its way, and who may carry it, the first choice first."""

    letter: Letter
    ref: str
    ttl: timedelta
    senders: tuple[SmsSender, ...]


class Carried(msgspec.Struct, frozen=True, kw_only=True):
    """What came of it: who has it, or why nobody has."""

    sender: str
    sent: Sent


class Kept(msgspec.Struct, frozen=True, kw_only=True):
    """A message as the stand-in writes it down."""

    to: str
    text: str
    written_at: datetime
    good_until: datetime


_breakers: Final[dict[str, Breaker]] = {}


class FileSmsSender:
    """Writes messages into a folder, for a developer to read. Never in production."""

    name = STAND_IN

    def __init__(self, tx: Snapshot) -> None:
        self._folder = tx.data_dir / OUTBOX
        self._now = tx.now

    async def send(self, to: str, text: str, *, ref: str, ttl: timedelta) -> Sent:
        """Write the message down; the same one twice is one file."""
        kept = Kept(to=to, text=text, written_at=self._now, good_until=self._now + ttl)
        await asyncio.to_thread(self._write, f"{ref}.json", msgspec.json.encode(kept))
        return Accepted(ref=ref)

    def _write(self, name: str, raw: bytes) -> None:
        self._folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        draft = self._folder / f".{name}"
        draft.write_bytes(raw)
        draft.replace(self._folder / name)


def outbox(data_dir: Path, at_most: int) -> list[Kept]:
    """Return the messages that were written last, the newest first."""
    files = sorted((data_dir / OUTBOX).glob("*.json"), key=_age)[:at_most]
    return [msgspec.json.decode(file.read_bytes(), type=Kept) for file in files]


def _age(file: Path) -> float:
    return -file.stat().st_mtime


def sealed_letter(kms: Kms, challenge_id: UUID, *, to: str, text: str) -> bytes:
    """Return what may wait in the queue."""
    raw = msgspec.json.encode(Letter(to=to, text=text))
    return kms.wrap(_KEY, raw, about=str(challenge_id))


async def _prepare(tx: Transaction, envelope: Envelope) -> tuple[Envelope, Sending]:
    if tx.now >= envelope.expires_at:
        raise GiveUp("the code is too old to be of use")
    raw = kms_of(tx).unwrap(_KEY, envelope.sealed, about=str(envelope.challenge_id))
    settings = tx.ask(Settings)
    known = {sender.name: sender for sender in tx.ask_all(SmsSender)}
    known |= {
        name: HttpSmsSender(name, gateway)
        for name, gateway in gateways(settings.sms_gateways).items()
    }
    wanted = [name for name in settings.sms_senders if name not in envelope.avoid]
    sending = Sending(
        letter=msgspec.json.decode(raw, type=Letter),
        ref=work_key(),
        ttl=envelope.expires_at - tx.now,
        senders=tuple(known[name] for name in wanted if name in known),
    )
    return envelope, sending


async def _call(asked: tuple[Envelope, Sending]) -> Carried:
    """Try one provider after the other: the next one only when this one surely has not sent."""
    _, sending = asked
    carried = Carried(sender="", sent=Unknown())
    for sender in sending.senders:
        breaker = _breakers.setdefault(sender.name, Breaker(_BREAK_SECONDS))
        if breaker.is_open:
            continue
        carried = Carried(sender=sender.name, sent=await _sent(sender, sending))
        if carried.sent in _NOBODY_THERE:
            breaker.failed()
        else:
            breaker.answered()
        if not isinstance(carried.sent, Rejected):
            break
    return carried


async def _sent(sender: SmsSender, sending: Sending) -> Sent:
    try:
        async with asyncio.timeout(_PATIENCE_SECONDS):
            letter = sending.letter
            return await sender.send(letter.to, letter.text, ref=sending.ref, ttl=sending.ttl)
    except (TimeoutError, OSError):
        return Unknown()


async def _settle(tx: Transaction, asked: tuple[Envelope, Sending], carried: Carried) -> None:
    envelope, _ = asked
    match carried.sent:
        case Accepted(ref=ref):
            await tx.run(repository.NOTE_SENT, envelope.challenge_id, carried.sender, ref, tx.now)
        case Rejected(may_later=False):
            raise GiveUp("every provider has rejected the message")
        case Rejected():
            _LOG.warning("no provider was reached with a code; it is tried again")
            raise Later(_UNKNOWN_WAITS)
        case Unknown():
            _LOG.warning("nobody can say whether a code was sent; it is tried again")
            raise Later(_UNKNOWN_WAITS)


SEND = Job(
    name="identity.send-code",
    run=Errand(prepare=_prepare, call=_call, settle=_settle, seconds_max=15),
    payload=Envelope,
)
"""Send one code to one phone."""
