"""What a licensed eContract provider tells: kept as it came, then done once or refused."""

from datetime import date, timedelta
from typing import Annotated, Final, Literal
from uuid import UUID

import msgspec
from msgspec import Meta

from backend.kernel import Job, Later, NotFound, Snapshot, Transaction
from contracts.documents import Code, Documents
from contracts.econtract import PlatformNumber
from modules.labour_contracts.errors import EventReused
from modules.labour_contracts.model.contract import LabourContract
from modules.labour_contracts.repository import contracts
from modules.labour_contracts.repository import providers as repository
from modules.labour_contracts.repository.contracts import Row
from modules.labour_contracts.repository.providers import State, Told
from modules.labour_contracts.service import certifying, handovers
from modules.labour_contracts.service.contracts import keep_after_end
from modules.labour_contracts.settings import Settings

_SOON: Final = timedelta(seconds=30)

Reason = Literal[
    "unknown-contract",
    "not-yours",
    "not-signed",
    "not-certified",
    "already-certified",
    "already-numbered",
    "number-taken",
    "already-ended",
]
EventId = Annotated[str, Meta(pattern=r"^[A-Za-z0-9._-]{1,100}$")]


class ProviderEvent(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """One thing that became of a contract, under the provider's own id for it.

    `certified` brings the number of its `certificate`, `numbered` the `platform_number`, `ended`
    the last day, `ended_on`.
    """

    event_id: EventId
    document_id: UUID
    kind: Literal["certified", "numbered", "ended"]
    certificate: Code | None = None
    platform_number: PlatformNumber | None = None
    ended_on: date | None = None

    def __post_init__(self) -> None:
        """Refuse an event without what it is about, or with what it is not about."""
        brings = {"certified": "certificate", "numbered": "platform_number", "ended": "ended_on"}
        for kind, member in brings.items():
            if (getattr(self, member) is not None) is not (kind == self.kind):
                raise ValueError(member)


class Outcome(msgspec.Struct, frozen=True, kw_only=True):
    """What came of an event; `reason` says why it was refused."""

    event_id: str
    state: State
    reason: str | None


class EventAt(msgspec.Struct, frozen=True, kw_only=True):
    """An event that waits to be done."""

    client_id: str
    event_id: str


async def receive(tx: Transaction, event: ProviderEvent) -> Outcome:
    """Keep an event, to be done in a moment; the same again is there once. Raises `EventReused`."""
    told, who = msgspec.to_builtins(event), tx.principal.client_id
    if await tx.run(repository.RECEIVE, who, event.event_id, told, tx.now):
        at = EventAt(client_id=who, event_id=event.event_id)
        await tx.enqueue(SETTLE, at, key=f"{who} {event.event_id}")
    kept = await tx.one(repository.READ, who, event.event_id)
    if kept.told != told:
        raise EventReused
    return _outcome(kept)


async def outcome(snapshot: Snapshot, event_id: str) -> Outcome:
    """Return what came of an event of one's own. Raises `NotFound`."""
    kept = await snapshot.maybe(repository.READ, snapshot.principal.client_id, event_id)
    if kept is None:
        raise NotFound
    return _outcome(kept)


def _outcome(kept: Told) -> Outcome:
    return Outcome(event_id=kept.event_id, state=kept.state, reason=kept.reason)


async def _settle(tx: Transaction, at: EventAt) -> None:
    kept = await tx.one(repository.LOCK, at.client_id, at.event_id)
    if kept.state == "received":
        event = msgspec.convert(kept.told, ProviderEvent)
        reason = await _done(tx, at.client_id, event)
        state = "applied" if reason is None else "refused"
        await tx.run(repository.SETTLE, at.client_id, at.event_id, state, reason)


async def _done(tx: Transaction, client_id: str, event: ProviderEvent) -> Reason | None:
    """Do what an event says, or return why not."""
    row = await tx.maybe(contracts.LOCK, event.document_id)
    if row is None or (row.kind != LabourContract.name and event.kind != "certified"):
        return "unknown-contract"
    by = tx.ask(Settings).teller(client_id)
    if not _is_theirs(row, by, event):
        return "not-yours"
    if row.signed_at is None:
        standing = await tx.ask(Documents).standing(row.document_id)
        if standing is not None and standing.state in {"sealed", "issued"}:
            raise Later(_SOON)  # both have signed, and the log is about to say so
        return "not-signed"
    if event.kind == "ended":
        if not await tx.run(contracts.ENDED, row.document_id, event.ended_on):
            return "already-ended"
        await keep_after_end(tx, row.document_id)
        return None
    if event.kind == "certified":
        reason = await certifying.certify(tx, row, by, event.certificate or "")
    else:
        reason = await certifying.number(tx, row, by, event.platform_number or "")
    if reason is None:
        await handovers.note(tx, row.document_id, is_numbered=event.kind == "numbered")
    return reason


def _is_theirs(row: Row, by: str, event: ProviderEvent) -> bool:
    """Tell whether a contract is a provider's to speak of: named for it, or certified by it.

    One that names nobody is for the first licensed provider to which both sides take it; one that
    is signed here for the operator's own licence is nobody's to certify.
    """
    if row.route == "local_signing":
        return event.kind != "certified"
    return by == (row.certified_by or row.provider or by)


SETTLE: Final = Job(name="labour_contracts.provider-event", run=_settle, payload=EventAt)
"""Does what a provider has told."""
