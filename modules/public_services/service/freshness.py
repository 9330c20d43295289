"""How far searches lag behind the catalogue."""

from datetime import timedelta
from typing import Final

from backend.kernel import Snapshot
from modules.public_services.model.freshness import Freshness
from modules.public_services.repository import changes
from modules.public_services.repository import search as repository

PROMISED: Final = timedelta(minutes=5)
"""Within it a change of the catalogue is found by searches."""


async def read(snapshot: Snapshot) -> Freshness:
    """Return how old the catalogue is and what searches know of it."""
    newest = await repository.newest(snapshot)
    seq = await changes.edition(snapshot)
    return Freshness(
        catalogue_seq=seq,
        changed_at=await changes.last_at(snapshot),
        procedures=await changes.in_force(snapshot, snapshot.today),
        index_version=0 if newest is None else newest.version,
        index_as_of=None if newest is None else newest.as_of,
        index_built_at=None if newest is None else newest.built_at,
        is_behind=newest is None or (newest.catalogue_seq, newest.as_of) != (seq, snapshot.today),
    )


async def lags(snapshot: Snapshot) -> bool:
    """Tell whether searches answer from an index that is older than was promised."""
    found = await read(snapshot)
    changed_at = found.changed_at
    return found.is_behind and changed_at is not None and snapshot.now - changed_at > PROMISED
