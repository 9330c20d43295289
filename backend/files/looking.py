"""Originals that came with a request: had by nobody until a scanner has looked at them.

A report is taken at once, also while the scanner is away: what is shown of a photo is drawn anew.
"""

import logging
from datetime import timedelta
from typing import Final
from uuid import UUID

import msgspec

from backend.files import repository
from backend.files.depot import UNSCANNED, Depot, depot_of
from backend.files.jobs import doom
from backend.files.scanning import ScannerAway, Verdict
from backend.kernel import Errand, Job, Later, Transaction
from contracts.files import StoredFile

AGAIN: Final = timedelta(minutes=1)
_LOG: Final = logging.getLogger("tinhs.files")


class Unscanned(msgspec.Struct, frozen=True, kw_only=True):
    """A file whose original waits."""

    file_id: UUID


class Look(msgspec.Struct, frozen=True, kw_only=True):
    """What one errand looks at, and where; no file when its row has gone meanwhile."""

    depot: Depot
    file_id: UUID
    file: StoredFile | None


async def _prepare(tx: Transaction, unscanned: Unscanned) -> Look:
    file = await repository.find(tx, unscanned.file_id)
    return Look(depot=depot_of(tx), file_id=unscanned.file_id, file=file)


async def _call(look: Look) -> Verdict | None:
    """Move a clean original to where it can be had; destroy any other."""
    depot, verdict = look.depot, None
    content = await depot.get(look.file_id, UNSCANNED)
    if look.file is not None and content is not None:
        verdict = await _judged(depot, content)
        if verdict == "clean":
            await depot.put(look.file_id, {"original": content})
    return verdict


async def _judged(depot: Depot, content: bytes) -> Verdict:
    if depot.scanner is None:  # none is asked any more: an operator's choice
        return "clean"
    try:
        return await depot.scanner.judge(content)
    except ScannerAway as away:
        raise Later(AGAIN) from away


async def _settle(tx: Transaction, look: Look, verdict: Verdict | None) -> None:
    if look.file is not None and verdict == "clean":
        await repository.add_original(tx, look.file)
    elif verdict == "infected":
        _LOG.warning("a scanner knows an original: it is destroyed, and its pixels stay")
    await doom(tx, [look.file_id], (UNSCANNED,))


SCAN: Final = Job(
    name="files.scan",
    run=Errand(prepare=_prepare, call=_call, settle=_settle, seconds_max=120),
    payload=Unscanned,
)
