"""The end of a document's time: its key is destroyed, and what others hold stays provable."""

from collections import defaultdict
from datetime import timedelta
from typing import Final
from uuid import UUID

from backend.kernel import Job, Transaction
from contracts.keys import DataKeys
from contracts.personal_data import LegalHolds
from modules.documents.repository import retention as repository
from modules.documents.service import external, files

_MODULE: Final = "documents"
_ASKED_AGAIN_AFTER: Final = timedelta(days=30)
_EVENT: Final = "forgotten"


async def forget(tx: Transaction) -> None:
    """Destroy the keys of some documents whose time is over, but of nobody whom a hold protects.

    The log, its place in the list and the signatures stay: they are hashes, and evidence for
    whoever has the document.
    """
    due = [each.id for each in await tx.all(repository.DUE, tx.today)]
    held = await _held(tx, due)
    if held:
        await tx.run(repository.POSTPONE, sorted(held), tx.today + _ASKED_AGAIN_AFTER)
    over = [each for each in due if each not in held]
    if not over:
        return
    for each in over:
        await external.remember(tx, each, _EVENT)
    await tx.ask(DataKeys).destroy(over)
    named = await tx.all(repository.EMPTY, over)
    await tx.run(repository.FORGET_ACCESS, over)
    await tx.run(repository.FORGOTTEN, over, tx.now)
    for digest in {d for each in named for d in (each.base_sha256, each.pdf_sha256) if d}:
        for folder in files.FOLDERS:
            files.drop(tx.data_dir, folder, digest)


async def _held(tx: Transaction, documents: list[UUID]) -> set[UUID]:
    """Return those of which somebody concerned is under a hold of the desk."""
    holds = tx.ask_maybe(LegalHolds)
    if holds is None or not documents:
        return set()
    concerned: dict[UUID, set[UUID]] = defaultdict(set)
    for each in await tx.all(repository.CONCERNED, documents):
        concerned[each.person_id].add(each.document_id)
    held = await holds.of(concerned, _MODULE)
    return {document for person in held for document in concerned[person]}


FORGET_OVER: Final = Job(name="documents.forget-over", run=forget, cron="10 2 * * *")
"""Destroys the keys of documents whose time is over, a hundred a night."""
