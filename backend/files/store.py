"""The file store: what it does, in the transaction of whoever asks.

The order of writes keeps its promise. Objects are put before the row is written, and destroyed
after the row's deletion has committed; so a crash at any point leaves, at worst, an object
without a row, which the timetable finds.
"""

import asyncio
from collections.abc import Sequence
from datetime import datetime, time, timedelta
from hashlib import sha256
from uuid import UUID

from backend.files import repository
from backend.files.cleaner import Cleaned
from backend.files.depot import UNSCANNED, Depot, OriginalName, depot_of
from backend.files.devices import owner_of
from backend.files.jobs import DROP_ORIGINALS, GivenUp, doom
from backend.files.looking import SCAN, Unscanned
from backend.files.scopes import sender
from backend.files.settings import Settings
from backend.kernel import (
    VIETNAM,
    DomainError,
    NotFound,
    Transaction,
    Unauthenticated,
    UnknownFile,
)
from backend.kernel.files import TooManyFiles
from contracts.files import FilePurpose, Rendition, RenditionName, StoredFile


class Files:
    """Provides `contracts.files.FileStore`; the promises stand there."""

    def __init__(self, tx: Transaction) -> None:
        self._tx = tx
        self._depot = depot_of(tx)

    async def receive(
        self, contents: Sequence[bytes], *, purpose: FilePurpose, about: UUID | None = None
    ) -> Sequence[StoredFile]:
        owner_id = sender(self._tx.principal)
        if owner_id is None and about is None:
            raise Unauthenticated
        if owner_id is not None and len(contents) > self._tx.ask(Settings).files_a_day:
            raise too_many(self._tx)
        # Everything slow comes before the first statement, which takes a connection.
        cleaned = await self._cleaned(contents)
        original: OriginalName = "original" if self._depot.scanner is None else UNSCANNED
        files = [
            await admitted(self._depot, self._tx.new_id(), content, clean, purpose, original)
            for content, clean in zip(contents, cleaned, strict=True)
        ]
        if owner_id is not None and files:
            await self._spend(owner_id, files)
        for file in files:
            await repository.add(self._tx, file, purpose=purpose, owner_id=owner_id, about=about)
            if purpose.keeps_original and self._depot.scanner is not None:
                await self._tx.enqueue(SCAN, Unscanned(file_id=file.id))
        return files

    async def claim(
        self,
        ids: Sequence[UUID],
        *,
        purpose: FilePurpose,
        about: UUID,
        device: str | None = None,
    ) -> Sequence[StoredFile]:
        if not ids:
            return []
        if len(set(ids)) < len(ids):
            raise UnknownFile
        owner_id = sender(self._tx.principal)
        if owner_id is None:
            if device is None:
                raise UnknownFile
            owner_id = await owner_of(self._tx, device)
        claimed = await repository.claim(self._tx, ids, owner_id, purpose, about)
        if len(claimed) < len(ids):
            raise UnknownFile
        return [claimed[file_id] for file_id in ids]

    def link(self, file_id: UUID, rendition: RenditionName, *, seconds: int) -> str:
        # Rounded up, so that what is asked again soon is answered with the same address.
        expires = (int(self._tx.now.timestamp()) // seconds + 2) * seconds
        signature = self._depot.keys.sign(f"{file_id}|{rendition}", expires)
        origin = self._tx.ask(Settings).origin or self._tx.base_url
        return f"{origin}/files/{file_id}/{rendition}?exp={expires}&sig={signature}"

    async def read(self, file_id: UUID, rendition: RenditionName) -> bytes:
        content = await self._depot.get(file_id, rendition)
        if content is None:
            raise NotFound
        return content

    async def drop(self, ids: Sequence[UUID]) -> None:
        await doom(self._tx, await repository.drop(self._tx, ids))

    async def drop_originals(self, ids: Sequence[UUID]) -> None:
        if ids:
            await self._tx.enqueue(DROP_ORIGINALS, GivenUp(ids=tuple(ids)))

    async def _cleaned(self, contents: Sequence[bytes]) -> list[Cleaned]:
        outcomes = await asyncio.gather(
            *map(self._depot.cleaner.clean, contents), return_exceptions=True
        )
        cleaned: list[Cleaned] = []
        for position, outcome in enumerate(outcomes):
            if isinstance(outcome, DomainError):
                outcome.members["position"] = position
            if isinstance(outcome, BaseException):
                raise outcome
            cleaned.append(outcome)
        return cleaned

    async def _spend(self, owner_id: UUID, files: Sequence[StoredFile]) -> None:
        settings = self._tx.ask(Settings)
        if not await repository.spend(
            self._tx,
            owner_id,
            files=len(files),
            size=sum(file.bytes for file in files),
            files_max=settings.files_a_day,
            bytes_max=settings.bytes_a_day,
        ):
            raise too_many(self._tx)


async def admitted(
    depot: Depot,
    file_id: UUID,
    content: bytes,
    cleaned: Cleaned,
    purpose: FilePurpose,
    original: OriginalName = "original",
) -> StoredFile:
    """Put what was made of a photo where files lie, and return it as it is to be entered.

    An original that nobody has looked at yet lies there, and is in no list.
    """
    bodies: dict[str, bytes] = {r.name: r.content for r in cleaned.renditions}
    renditions = [
        Rendition(
            name=rendition.name,
            media_type="image/jpeg",
            bytes=len(rendition.content),
            width=rendition.width,
            height=rendition.height,
        )
        for rendition in cleaned.renditions
    ]
    if purpose.keeps_original:
        bodies[original] = content
    if "original" in bodies:
        renditions.append(
            Rendition(
                name="original",
                media_type=cleaned.media_type,
                bytes=len(content),
                width=cleaned.width,
                height=cleaned.height,
            )
        )
    await depot.put(file_id, bodies)
    return StoredFile(
        id=file_id,
        state="ready",
        media_type=cleaned.media_type,
        bytes=len(content),
        width=cleaned.width,
        height=cleaned.height,
        sha256=sha256(content).hexdigest(),
        renditions=tuple(renditions),
        facts=cleaned.facts,
    )


def too_many(tx: Transaction) -> TooManyFiles:
    """Return the refusal of a sender whose allowance for today is used up."""
    tomorrow = datetime.combine(tx.today + timedelta(days=1), time(), VIETNAM)
    wait = int((tomorrow - tx.now).total_seconds()) + 1
    return TooManyFiles(headers={"Retry-After": str(wait)})
