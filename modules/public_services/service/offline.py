"""The whole catalogue for phones that hold it, and what changed since."""

import zlib
from datetime import UTC, datetime, timedelta
from typing import Final

import msgspec

from backend.kernel import Snapshot
from modules.public_services.errors import ResyncRequired
from modules.public_services.model.views import Change, Changes
from modules.public_services.repository import changes as told
from modules.public_services.repository import successors
from modules.public_services.service import catalogue

_SNAPSHOT_MAX: Final = 8 * 1024 * 1024
CHANGES_KEPT: Final = timedelta(days=400)
_OVERLAP: Final = timedelta(minutes=5)
_FIRST_DAY: Final = datetime(2000, 1, 1, tzinfo=UTC)
_BATCH: Final = 200


async def changes(snapshot: Snapshot, since: int, limit: int) -> Changes:
    """Return what changed after `since`, each procedure once. Raises `ResyncRequired`."""
    if await told.is_too_old(snapshot, since, snapshot.now - CHANGES_KEPT):
        raise ResyncRequired
    rows = await told.changes(snapshot, since, limit + 1)
    procedures = await catalogue.in_force(snapshot, [row.code for row in rows[:limit]])
    gone = [row.code for row in rows[:limit] if row.code not in procedures]
    after = await successors.of(snapshot, gone, snapshot.today)
    found = [
        Change(
            seq=row.seq,
            code=row.code,
            at=row.at,
            procedure=procedures.get(row.code),
            successors=tuple(after.get(row.code, ())),
        )
        for row in rows[:limit]
    ]
    last = found[-1].seq if found else since
    return Changes(changes=tuple(found), next=last, more=len(rows) > limit)


async def modified_after(snapshot: Snapshot, moment: datetime) -> int:
    """Return the number of the last change before a moment, less five minutes of doubt."""
    if moment < _FIRST_DAY:
        return 0
    return await told.since_moment(snapshot, moment - _OVERLAP)


async def snapshot_lines(snapshot: Snapshot, level: str | None) -> bytes:
    """Return everything in force as compressed lines: the edition first, then the procedures."""
    kept = await catalogue.shelf(snapshot)
    found = kept.find(("snapshot", level))
    if found is not None:
        return found
    packer = zlib.compressobj(6, zlib.DEFLATED, 31)
    # The edition is asked first: what changes meanwhile is then told again, never missed.
    head = await catalogue.edition(snapshot)
    parts = [packer.compress(msgspec.json.encode(head) + b"\n")]
    codes = await told.codes(snapshot, snapshot.today, level)
    for batch in (codes[at : at + _BATCH] for at in range(0, len(codes), _BATCH)):
        found = await catalogue.in_force(snapshot, batch)
        # In the order of the codes, so that every process sends the same bytes under the same tag.
        said = [msgspec.json.encode(found[code]) for code in batch if code in found]
        parts += [packer.compress(each + b"\n") for each in said]
    content = b"".join([*parts, packer.flush()])
    return kept.keep(("snapshot", level), content) if len(content) < _SNAPSHOT_MAX else content
