"""Each night the heads of the day's histories are written down, so that no tail can be cut off."""

from collections.abc import Sequence
from datetime import date, timedelta
from hashlib import sha256
from typing import Final

from backend.kernel import Snapshot, Transaction
from modules.feedback.model.clocks import end_of
from modules.feedback.repository import manifest as repository
from modules.feedback.repository.manifest import Head, Manifest

FIRST: Final = bytes(32)
"""What the first day follows."""

_DAYS_MAX: Final = 40


async def write(tx: Transaction) -> None:
    """Write down the days that are over since the last one, the oldest first.

    After a long standstill forty days at a time; days before the first are nobody's.
    """
    newest = await repository.newest(tx)
    yesterday = tx.today - timedelta(days=1)
    day = yesterday if newest is None else newest.day + timedelta(days=1)
    before = FIRST if newest is None else newest.digest
    for _ in range(_DAYS_MAX):
        if day > yesterday:
            return
        since, until = end_of(day - timedelta(days=1)), end_of(day)
        found = sorted(await repository.keep_heads(tx, day, since, until), key=_by_report)
        before = digest(before, day, found)
        await repository.keep(tx, Manifest(day=day, reports=len(found), digest=before))
        day += timedelta(days=1)


async def broken(snapshot: Snapshot) -> Sequence[date]:
    """Return the days whose digest is not that of their heads after the day before."""
    before, found = FIRST, list[date]()
    for manifest in await repository.manifests(snapshot):
        heads = await repository.heads(snapshot, manifest.day)
        before = digest(before, manifest.day, sorted(heads, key=_by_report))
        if before != manifest.digest:
            found.append(manifest.day)
            before = manifest.digest
    return found


def digest(before: bytes, day: date, heads: Sequence[Head]) -> bytes:
    """Return SHA-256 over the digest before, the day, and id, number and hash of each head."""
    parts = b"".join(head.report_id.bytes + head.seq.to_bytes(4) + head.hash for head in heads)
    return sha256(before + day.isoformat().encode() + parts).digest()


def _by_report(head: Head) -> bytes:
    return head.report_id.bytes
