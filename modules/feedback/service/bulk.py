"""Many reports at once, to measure with."""

from typing import Final

from backend.kernel import Transaction
from contracts.demo import HAC_THANH, SAM_SON, agency_of
from modules.feedback.repository import bulk as repository
from modules.feedback.service import atlas, categories, statistics

AT_ONCE: Final = 10_000
_COMMUNES: Final = 166
"""As many as the province has; all but the two of the demo have invented codes."""


async def write(tx: Transaction, first: int, last: int, of: int) -> None:
    """Write reports `first` to `last` of so many."""
    open_now = await categories.versions_open(tx)
    communes = [HAC_THANH, SAM_SON, *(str(70_000 + n) for n in range(_COMMUNES - 2))]
    batch = repository.Batch(
        first=first,
        last=last,
        of=of,
        now=tx.now,
        communes=communes,
        categories=[version.code for version in open_now if version.publishable],
        agencies=[agency_of(HAC_THANH), agency_of(SAM_SON)],
    )
    await repository.write(tx, batch)


async def count(tx: Transaction) -> None:
    """Bring map and statistics up to what was written."""
    await atlas.count(tx)
    for _ in range(30):
        await statistics.count(tx)
