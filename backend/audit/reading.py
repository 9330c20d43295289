"""What a person is told of looks at them, and how they prove that it is all still there."""

import csv
from base64 import urlsafe_b64encode
from collections.abc import Sequence
from datetime import datetime
from io import StringIO
from typing import Final
from uuid import UUID

import msgspec

from backend.audit import repository, sealing
from backend.audit.errors import NotSealedYet
from backend.audit.repository import Line
from backend.identity.people.looking import line
from backend.kernel import VIETNAM, NotFound, Snapshot, Transaction
from backend.transparency import merkle
from contracts.page import Page
from contracts.personal_data import AccessLogEntry, Look, Onlooker
from contracts.territory import AgencyRegister

_EXPORTED_MAX: Final = 10_000


class AccessProof(msgspec.Struct, frozen=True, kw_only=True):
    """That a look stands in the log (RFC 6962 §2.1.1): anyone can check it without us."""

    entry: str
    """What was sealed, base64url: its leaf is SHA-256 of a zero byte and these bytes."""
    index: int
    checkpoint: str
    """A signed note (C2SP tlog-checkpoint): origin, size, root, signatures."""
    proof: tuple[str, ...]
    """Hashes from the leaf up to the root, base64url."""
    keys: tuple[str, ...]
    """The keys that seal, the newest first, as C2SP's tools take them."""


async def own(snapshot: Snapshot, cursor: str | None, limit: int) -> Page[AccessLogEntry]:
    """Return the looks at the caller, the newest first."""
    page = await snapshot.page(repository.LINES, cursor, limit)
    return Page(items=await _told(snapshot, page.items), next_cursor=page.next_cursor)


async def own_about(
    snapshot: Snapshot, about: str, cursor: str | None, limit: int
) -> Page[AccessLogEntry]:
    """Return those of them that were about one thing."""
    page = await snapshot.page(repository.LINES_ABOUT, cursor, limit, about)
    return Page(items=await _told(snapshot, page.items), next_cursor=page.next_cursor)


async def proof(snapshot: Snapshot, event_id: UUID) -> AccessProof:
    """Return the proof of one look at the caller. Raises `NotFound` or `NotSealedYet`."""
    look = await snapshot.maybe(repository.OWN, event_id)
    if look is None:
        raise NotFound
    place = await snapshot.maybe(repository.PLACE_OF, event_id)
    seal = place and await snapshot.maybe(repository.FIRST_COVERING, place.leaf_no)
    if place is None or seal is None:
        raise NotSealedYet
    path = await sealing.hashes(snapshot, merkle.inclusion(place.leaf_no, seal.size))
    return AccessProof(
        entry=_text(look.entry()),
        index=place.leaf_no,
        checkpoint=seal.note,
        proof=tuple(_text(each) for each in path),
        keys=tuple(key.vkey() for key in await sealing.verifiers(snapshot)),
    )


async def inquire(
    tx: Transaction, person_id: UUID, before: datetime | None, before_id: UUID | None, limit: int
) -> list[AccessLogEntry]:
    """Return the looks at somebody, to an auditor whose own look is noted by the same statement."""
    said = line(tx, Look(subject_id=person_id, purpose="audit.inquiry", fields=("access_log",)))
    found = await tx.all(repository.LOOKS_AT, person_id, said, tx.now, before, before_id, limit)
    return await _told(tx, found)


async def export(tx: Transaction, person_id: UUID) -> bytes:
    """Return the newest looks at somebody as a table; one line of the log says that it left."""
    said = line(tx, Look(subject_id=person_id, purpose="audit.inquiry", fields=("export",)))
    found = await tx.all(repository.LOOKS_AT, person_id, said, tx.now, None, None, _EXPORTED_MAX)
    text = StringIO()
    rows = csv.writer(text)
    rows.writerow(("id", "at", "by", "agency", "program", "action", "purpose", "about", "fields"))
    for each in await _told(tx, found):
        by = (each.by.kind, each.by.agency or each.by.agency_id or "", each.by.client_id or "")
        cells = (each.action, each.purpose, each.about, " ".join(each.fields))
        rows.writerow((each.id, each.at.isoformat(), *(_inert(str(c)) for c in (*by, *cells))))
    return text.getvalue().encode("utf-8-sig")


def _inert(cell: str) -> str:
    """Return a cell that no program for tables takes for a formula."""
    return f"'{cell}" if cell.startswith(("=", "+", "-", "@", "\t", "\r")) else cell


async def _told(snapshot: Snapshot, lines: Sequence[Line]) -> list[AccessLogEntry]:
    names = await _agencies(snapshot, lines)
    return [
        AccessLogEntry(
            id=each.id,
            at=each.at,
            by=Onlooker(
                kind=each.actor_kind,
                agency_id=each.actor_agency,
                agency=names.get((each.actor_agency, each.at.astimezone(VIETNAM).date())),
                client_id=each.actor_client,
            ),
            action=each.action,
            purpose=each.purpose,
            basis=each.basis,
            about=each.about,
            fields=each.fields,
        )
        for each in lines
    ]


async def _agencies(snapshot: Snapshot, lines: Sequence[Line]) -> dict[object, str]:
    """Return what each agency was called on the day of its looks."""
    register = snapshot.ask_maybe(AgencyRegister)
    if register is None:
        return {}
    wanted = {
        (each.actor_agency, each.at.astimezone(VIETNAM).date())
        for each in lines
        if each.actor_agency is not None
    }
    found: dict[object, str] = {}
    for agency_id, day in wanted:
        agency = await register.in_force(agency_id, day)
        if agency is not None:
            found[agency_id, day] = agency.name
    return found


def _text(raw: bytes) -> str:
    return urlsafe_b64encode(raw).rstrip(b"=").decode()
