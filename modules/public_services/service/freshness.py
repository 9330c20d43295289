"""How far searches lag behind the catalogue."""

from backend.kernel import Snapshot
from modules.public_services.model.freshness import Freshness
from modules.public_services.repository import changes
from modules.public_services.repository import search as repository


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
