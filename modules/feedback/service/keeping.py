"""How long a report is kept, and what is given out and erased of whoever sent it."""

from collections.abc import Mapping, Sequence
from datetime import timedelta
from typing import Any, ClassVar, Final
from uuid import UUID

import msgspec

from backend.kernel import Transaction
from contracts.feedback import ReportAnonymised
from contracts.files import FileStore
from contracts.personal_data import DataItem, Exported, ExportedFile, Hold
from modules.feedback.model.clocks import end_of
from modules.feedback.model.machines import Call, PublicationState, ReportState, Who
from modules.feedback.model.personal import INVENTORY
from modules.feedback.repository import keeping as repository
from modules.feedback.repository import open311
from modules.feedback.repository.keeping import Photo
from modules.feedback.service import contacts, reading, tracking
from modules.feedback.service.moves import Words, make
from modules.feedback.service.projection import settle
from modules.feedback.settings import Settings

ENDED: Final = frozenset({ReportState.CLOSED, ReportState.WITHDRAWN})
OPEN_BASIS: Final = "Nghị định 20/2008/NĐ-CP, Điều 8"
"""A report is answered before it is forgotten. Unconfirmed for field reports: data, not law."""

POSTS_KEPT: Final = timedelta(days=1)
"""How long a program's form is remembered, of which a twin within ten minutes is the same."""


async def forget(tx: Transaction) -> None:
    """Keep less of what is over, as time passes: marks and originals, reporter, words."""
    settings = tx.ask(Settings)
    await open311.forget(tx, tx.now - POSTS_KEPT)
    for kept, days in (
        (3, settings.marks_days),
        (2, settings.reporter_days),
        (1, settings.words_days),
    ):
        before = end_of(tx.today - timedelta(days=days + 1))
        while batch := await repository.to_forget(tx, kept, before):
            for report_id in batch:
                await _forget(tx, report_id, kept)
                await repository.keep(tx, report_id, kept - 1)
                await tx.publish(ReportAnonymised(report_id=report_id, kept=kept - 1))


async def _forget(tx: Transaction, report_id: UUID, kept: int) -> None:
    match kept:
        case 3:
            await repository.forget_marks(tx, report_id)
            await tx.ask(FileStore).drop_originals(await repository.files(tx, report_id))
        case 2:
            await contacts.forget(tx, report_id)
            await repository.forget_reporter(tx, report_id)
            await tracking.end(tx, report_id)
        case _:
            await repository.forget_words(tx, report_id, own_only=False)
            files = await repository.forget_files(tx, report_id, own_only=False)
            await tx.ask(FileStore).drop(files)


class Kept:
    """Provides `contracts.personal_data.PersonalData`."""

    module: ClassVar[str] = "feedback"

    def __init__(self, tx: Transaction) -> None:
        self._tx = tx

    def inventory(self) -> Sequence[DataItem]:
        return INVENTORY

    async def export(self, person_id: UUID) -> Sequence[Exported]:
        tables = {
            "feedback.report": await repository.owned(self._tx, person_id),
            "feedback.rating": await repository.opinions(self._tx, person_id),
            "feedback.message": await repository.words(self._tx, person_id),
            "feedback.objection": await repository.objected(self._tx, person_id),
            "feedback.follower": await repository.followed(self._tx, person_id),
            "feedback.subscription": await repository.areas(self._tx, person_id),
        }
        told = [
            Exported(table=table, rows=tuple(msgspec.to_builtins(row) for row in rows))
            for table, rows in tables.items()
            if rows
        ]
        photos = await repository.photos(self._tx, person_id)
        return [*told, await self._sent(photos)] if photos else told

    async def _sent(self, photos: Sequence[Photo]) -> Exported:
        """Return what the person has sent, as it is shown to those who work on it."""
        store = self._tx.ask(FileStore)
        rows: list[Mapping[str, Any]] = []
        files: list[ExportedFile] = []
        for photo in photos:
            ending = "mp4" if photo.media_type == "video/mp4" else "jpg"
            name = f"{photo.code}-{photo.number}.{ending}"
            files.append(ExportedFile(name=name, content=await store.read(photo.file_id, "clean")))
            said: dict[str, Any] = msgspec.to_builtins(photo)
            rows.append({key: said[key] for key in said if key != "file_id"} | {"file": name})
        return Exported(table="feedback.attachment", rows=tuple(rows), files=tuple(files))

    async def holds(self, person_id: UUID) -> Sequence[Hold]:
        owned = await repository.owned(self._tx, person_id)
        if all(ReportState(report.state) in ENDED for report in owned):
            return []
        return [Hold(table="feedback.report", basis=OPEN_BASIS, until=None)]

    async def erase(self, person_id: UUID, receipt: UUID) -> None:  # noqa: ARG002 - nothing points
        await repository.unfollow(self._tx, person_id)
        for owned in await repository.owned(self._tx, person_id):
            if ReportState(owned.state) in ENDED:
                await self._erase(owned.id)

    async def merge(self, old_id: UUID, new_id: UUID) -> None:
        await repository.merge(self._tx, old_id, new_id)

    async def _erase(self, report_id: UUID) -> None:
        report = await reading.report(self._tx, report_id)
        if report.publication is PublicationState.PUBLIC:
            said = Words(codes=("reporter-asked",))
            call, version = Call.HIDING, report.version
            await make(self._tx, report, call, Who.HOUSE, version=version, words=said)
            await settle(self._tx, report)
        await contacts.forget(self._tx, report_id)
        await repository.forget_words(self._tx, report_id, own_only=True)
        files = await repository.forget_files(self._tx, report_id, own_only=True)
        await self._tx.ask(FileStore).drop(files)
        await repository.forget_reporter(self._tx, report_id)
        await tracking.end(self._tx, report_id)
