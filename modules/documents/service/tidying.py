"""Closing what lies open from the time before documents had keys, and sweeping lost files."""

import asyncio
from collections.abc import Sequence
from datetime import datetime, timedelta
from pathlib import Path
from typing import Final
from uuid import UUID

import msgspec

from backend.kernel import Errand, Job, NotFound, Transaction
from contracts.keys import DataKey, DataKeys
from modules.documents.repository import older as repository
from modules.documents.repository.older import OpenContent
from modules.documents.service import closing, files

_SPARED: Final = timedelta(days=1)
"""A file is on the disk before any row names it."""


class Request(msgspec.Struct, frozen=True, kw_only=True):
    """Revisions to be closed, and the keys of their documents."""

    contents: tuple[OpenContent, ...]
    keys: dict[UUID, DataKey]
    data_dir: Path


async def _prepare(tx: Transaction) -> Request:
    """Close some drafts at once; give keys to documents that have files to be closed."""
    drafts = await tx.all(repository.OPEN_DRAFTS)
    items = await tx.all(repository.OPEN_ITEMS)
    contents = await tx.all(repository.OPEN_CONTENTS)
    found = [*drafts, *items, *contents]
    keys = await tx.ask(DataKeys).given([each.document_id for each in found])
    if drafts:
        closed = [
            closing.closed_draft(keys[each.document_id], each.document_id, each.data)
            for each in drafts
        ]
        at = [each.document_id for each in drafts], [each.rev for each in drafts]
        await tx.run(repository.CLOSE_DRAFTS, *at, closed)
    if items:
        closed = [
            closing.closed_draft(keys[each.document_id], each.document_id, each.draft)
            for each in items
        ]
        spots = [each.run_id for each in items], [each.seq for each in items]
        await tx.run(repository.CLOSE_ITEMS, *spots, closed)
    return Request(contents=tuple(contents), keys=dict(keys), data_dir=tx.data_dir)


async def _call(request: Request) -> None:
    await asyncio.to_thread(_close_files, request)


def _close_files(request: Request) -> None:
    """Keep the files closed as well; those that lie open go when nothing names them any more."""
    for each in request.contents:
        for digest in filter(None, (each.base_sha256, each.pdf_sha256)):
            try:
                raw = files.read(request.data_dir, digest, None)
            except NotFound:  # a base is dropped once the finished file is known
                continue
            files.kept(request.data_dir, raw, request.keys[each.document_id])


async def _settle(tx: Transaction, request: Request, _: None) -> None:
    found = request.contents
    if not found:
        return
    closed = [
        closing.closed_content(
            request.keys[each.document_id], each.document_id, each.rev, each.content
        )
        for each in found
    ]
    at = [each.document_id for each in found], [each.rev for each in found]
    await tx.run(repository.CLOSE_CONTENTS, *at, closed, [each.pdf_sha256 for each in found])
    await tx.run(repository.FORGET_NAMES, *at)


async def sweep(tx: Transaction) -> None:
    """Remove what a killed worker has left, and what lies open beside the closed.

    One folder of 256 at a time: the whole store in eleven days.
    """
    await sweep_part(tx, f"{int(tx.now.timestamp()) // 3600 % 256:02x}")


async def sweep_part(tx: Transaction, part: str) -> None:
    """Remove the files of which no row names the hash, which begins so."""
    for folder in files.FOLDERS:
        digests = await asyncio.to_thread(files.listed, tx.data_dir, folder, part, _limit(tx.now))
        for start in range(0, len(digests), 1000):
            await _drop_unnamed(tx, folder, digests[start : start + 1000])


async def _drop_unnamed(tx: Transaction, folder: str, digests: Sequence[bytes]) -> None:
    gone = await tx.all(repository.UNNAMED, list(digests), folder == files.OPEN)
    for each in gone:
        files.drop(tx.data_dir, folder, each.sha256)


def _limit(now: datetime) -> float:
    return (now - _SPARED).timestamp()


CLOSE_OLDER: Final = Job(
    name="documents.close-older",
    run=Errand(prepare=_prepare, call=_call, settle=_settle, seconds_max=60),
    every=timedelta(minutes=1),
)
"""Closes what was written before documents had keys, a hundred at a time."""

SWEEP: Final = Job(name="documents.sweep", run=sweep, every=timedelta(hours=1), seconds_max=120)
"""Removes files that no row names."""
