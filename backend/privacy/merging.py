"""Two accounts that were one human being's: what every module keeps of the old is the new one's."""

from typing import Final

from backend.kernel import Transaction, on
from backend.privacy.erasing import in_order
from contracts.identity import PersonMerged


async def merge(tx: Transaction, merged: PersonMerged) -> None:
    """Let everything be the other's, everywhere at once. Again, it finds nothing to do."""
    for provider in in_order(tx):
        await provider.merge(merged.old_id, merged.new_id)


MERGE: Final = on(PersonMerged, merge, name="privacy.merge")
