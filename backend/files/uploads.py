"""Uploads that may be cut off: begun, gone on with, taken in, given up (tus 1.0)."""

import secrets
from collections.abc import Sequence
from datetime import datetime, timedelta
from hashlib import sha256
from typing import Final, LiteralString
from uuid import UUID

import msgspec

from backend.files import films, repository
from backend.files.depot import Depot, depot_of, part
from backend.files.devices import owner_of
from backend.files.errors import FileInfected, OffsetConflict, UploadTooLong
from backend.files.looking import AGAIN
from backend.files.scanning import ScannerAway
from backend.files.scopes import sender
from backend.files.settings import Settings
from backend.files.store import admitted, too_many
from backend.kernel import (
    BadRequest,
    DomainError,
    Errand,
    Job,
    Later,
    NotFound,
    Query,
    Snapshot,
    Statement,
    Transaction,
)
from backend.kernel.files import FileTypeNotAllowed
from contracts.files import (
    Facts,
    FilePurpose,
    FilePurposes,
    FileState,
    Rendition,
    RenditionName,
    StoredFile,
)
from contracts.problem import Fault

KEPT_FOR: Final = timedelta(hours=24)


class Upload(msgspec.Struct, frozen=True, kw_only=True):
    """An upload as it is kept."""

    id: UUID
    owner_id: UUID
    purpose: str
    bytes: int
    received: int
    parts: Sequence[str]
    state: FileState
    reason: str | None
    expires_at: datetime


_COLUMNS: Final[LiteralString] = (
    "id, owner_id, purpose, bytes, received, parts, state, reason, expires_at"
)

_BEGIN: Final = Query(
    Upload,
    f"""
    insert into files.upload (id, owner_id, purpose, bytes, state, expires_at)
    values ($1, $2, $3, $4, 'receiving', $5)
    returning {_COLUMNS}
    """,
)

_FIND: Final = Query(Upload, f"select {_COLUMNS} from files.upload where id = $1")

_GO_ON: Final = Query(
    Upload,
    f"""
    update files.upload
       set received = received + $3, parts = parts || $4::text,
           state = case when received + $3 = bytes then 'quarantined' else state end
     where id = $1 and received = $2 and state = 'receiving' and received + $3 <= bytes
    returning {_COLUMNS}
    """,
)

_SETTLE: Final = Statement("""
    update files.upload
       set state = $2, reason = $3, parts = '{}'
     where id = $1 and state = 'quarantined'
""")

_GIVE_UP: Final = Query(
    Upload, f"delete from files.upload where id = $1 and state = 'receiving' returning {_COLUMNS}"
)

_EXPIRE: Final = Query(
    Upload,
    f"""
    delete from files.upload
     where id in (select id from files.upload
                   where expires_at < $1 and state <> 'quarantined'
                   order by expires_at limit 500 for update skip locked)
    returning {_COLUMNS}
    """,
)


class Leftovers(msgspec.Struct, frozen=True, kw_only=True):
    """Objects of which nothing is wanted any more."""

    paths: tuple[str, ...]


class Admission(msgspec.Struct, frozen=True, kw_only=True):
    """An upload that has come whole and is to be looked at."""

    upload_id: UUID


class Looking(msgspec.Struct, frozen=True, kw_only=True):
    """What one errand looks at, and where."""

    depot: Depot
    upload: Upload
    purpose: FilePurpose


class Judged(msgspec.Struct, frozen=True, kw_only=True):
    """What became of it: a file, or why not."""

    file: StoredFile | None
    reason: str | None


async def owner(snapshot: Snapshot, device: str | None) -> UUID:
    """Return whose uploads these are: a person's, an officer's, or a device's.

    Raises `BadRequest` for somebody who shows nothing to be known again by.
    """
    known = sender(snapshot.principal)
    if known is not None:
        return known
    if device is None:
        raise BadRequest(errors=[Fault(parameter="Tinhs-Device", code="required")])
    return await owner_of(snapshot, device)


async def begin(tx: Transaction, owner_id: UUID, purpose: FilePurpose, size: int) -> Upload:
    """Begin an upload; it uses up some of the day's allowance at once. Raises `TooManyFiles`."""
    settings = tx.ask(Settings)
    if not await repository.spend(
        tx,
        owner_id,
        files=1,
        size=size,
        files_max=settings.files_a_day,
        bytes_max=settings.bytes_a_day,
    ):
        raise too_many(tx)
    return await tx.one(_BEGIN, tx.new_id(), owner_id, purpose.name, size, tx.now + KEPT_FOR)


async def find(snapshot: Snapshot, upload_id: UUID, owner_id: UUID) -> Upload:
    """Return an upload of this sender. Any other does not exist."""
    found = await snapshot.maybe(_FIND, upload_id)
    if found is None or found.owner_id != owner_id:
        raise NotFound
    return found


async def go_on(tx: Transaction, upload: Upload, offset: int, content: bytes) -> Upload:
    """Keep what has come, if it begins where the upload stands.

    Raises `OffsetConflict`, also for the second of two that went on at once, and `UploadTooLong`.
    """
    if offset != upload.received or upload.state != "receiving":
        raise OffsetConflict(offset=upload.received)
    if offset + len(content) > upload.bytes:
        raise UploadTooLong(bytes_max=upload.bytes)
    if not content:
        return upload
    place = part(upload.id, f"part-{offset:09d}-{secrets.token_hex(4)}")
    await depot_of(tx).objects.put({place: content})
    moved = await tx.maybe(_GO_ON, upload.id, offset, len(content), place)
    if moved is None:
        raise OffsetConflict(offset=upload.received)
    if moved.state == "quarantined":
        await tx.enqueue(ADMIT, Admission(upload_id=upload.id), key=str(upload.id))
    return moved


async def give_up(tx: Transaction, upload: Upload) -> None:
    """Forget an upload that has not come whole. Raises `OffsetConflict` for one that has."""
    gone = await tx.maybe(_GIVE_UP, upload.id)
    if gone is None:
        raise OffsetConflict(offset=upload.received)
    await tx.enqueue(DISCARD, Leftovers(paths=tuple(gone.parts)))


async def expire(tx: Transaction) -> None:
    """Forget uploads whose day is over."""
    while gone := await tx.all(_EXPIRE, tx.now):
        paths = [path for upload in gone for path in upload.parts]
        if paths:
            await tx.enqueue(DISCARD, Leftovers(paths=tuple(paths)))


async def _prepare(tx: Transaction, admission: Admission) -> Looking | None:
    upload = await tx.maybe(_FIND, admission.upload_id)
    if upload is None or upload.state != "quarantined":
        return None
    purposes = {
        purpose.name: purpose
        for provider in tx.ask_all(FilePurposes)
        for purpose in provider.purposes()
    }
    return Looking(depot=depot_of(tx), upload=upload, purpose=purposes[upload.purpose])


async def _call(looking: Looking | None) -> Judged | None:
    """Look at a file as closely as at one that came in one piece. Nothing is served before."""
    if looking is None:
        return None
    found = [await looking.depot.objects.get(path) for path in looking.upload.parts]
    content = b"".join(each for each in found if each is not None)
    if len(content) != looking.upload.bytes:
        return Judged(file=None, reason="files/unreadable")
    scanner = looking.depot.scanner
    try:
        if scanner is not None and await scanner.judge(content) == "infected":
            return Judged(file=None, reason=FileInfected.slug)
        file = await _admitted(looking, content)
    except ScannerAway as away:  # it stays in quarantine; its report is taken without it
        raise Later(AGAIN) from away
    except DomainError as refusal:
        if refusal.status >= 500:
            raise
        return Judged(file=None, reason=refusal.slug)
    return Judged(file=file, reason=None)


async def _admitted(looking: Looking, content: bytes) -> StoredFile:
    upload, depot, purpose = looking.upload, looking.depot, looking.purpose
    if not films.is_film(content):
        cleaned = await depot.cleaner.clean(content)
        return await admitted(depot, upload.id, content, cleaned, purpose)
    if not purpose.takes_video:
        raise FileTypeNotAllowed
    film = films.cleaned(content)
    bodies: dict[RenditionName, bytes] = {"clean": film.content}
    if purpose.keeps_original:
        bodies["original"] = content
    await depot.put(upload.id, bodies)
    return StoredFile(
        id=upload.id,
        state="ready",
        media_type=films.MEDIA_TYPE,
        bytes=len(content),
        width=film.width,
        height=film.height,
        sha256=sha256(content).hexdigest(),
        renditions=tuple(
            Rendition(
                name=name,
                media_type=films.MEDIA_TYPE,
                bytes=len(body),
                width=film.width,
                height=film.height,
            )
            for name, body in bodies.items()
        ),
        facts=Facts(),
    )


async def _settle(tx: Transaction, looking: Looking | None, judged: Judged | None) -> None:
    if looking is None or judged is None:
        return
    upload = looking.upload
    state = "rejected" if judged.file is None else "ready"
    if not await tx.run(_SETTLE, upload.id, state, judged.reason):
        return
    if judged.file is not None:
        owner_id = upload.owner_id
        await repository.add(
            tx, judged.file, purpose=looking.purpose, owner_id=owner_id, about=None
        )
    await tx.enqueue(DISCARD, Leftovers(paths=tuple(upload.parts)))


async def _prepare_discard(tx: Transaction, leftovers: Leftovers) -> tuple[Depot, Leftovers]:
    return depot_of(tx), leftovers


async def _discard(asked: tuple[Depot, Leftovers]) -> None:
    depot, leftovers = asked
    await depot.objects.delete(leftovers.paths)


async def _discarded(_: Transaction, __: object, ___: None) -> None:
    """Keep no note of it: the rows went before."""


DISCARD: Final = Job(
    name="files.discard",
    run=Errand(prepare=_prepare_discard, call=_discard, settle=_discarded, seconds_max=120),
    payload=Leftovers,
)

ADMIT: Final = Job(
    name="files.admit",
    run=Errand(prepare=_prepare, call=_call, settle=_settle, seconds_max=120),
    payload=Admission,
)

EXPIRE_UPLOADS: Final = Job(name="files.expire-uploads", run=expire, every=timedelta(hours=1))
