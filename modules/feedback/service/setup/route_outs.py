"""Ways to other channels: said, changed, listed."""

from collections.abc import Sequence

from backend.kernel import Snapshot, Transaction, VersionStale
from modules.feedback.errors import UnknownCategory
from modules.feedback.model.route_outs import RouteOut, RouteOutDraft
from modules.feedback.repository import route_outs as repository
from modules.feedback.repository.setup import changes
from modules.feedback.service import categories


async def listed(snapshot: Snapshot) -> Sequence[RouteOut]:
    """Return every way, those of other days included."""
    return await repository.listed(snapshot)


async def write(tx: Transaction, code: str, draft: RouteOutDraft, *, seen: int) -> RouteOut:
    """Say what belongs elsewhere, and where. Raises `UnknownCategory` or `VersionStale`."""
    if draft.category is not None and not await categories.is_open(tx, draft.category):
        raise UnknownCategory
    before = next((way for way in await repository.listed(tx) if way.code == code), None)
    kept = await repository.put(tx, code, draft, seen)
    if kept is None:
        raise VersionStale
    await changes.add(tx, "route-out", code, draft.law or "", before=before, after=kept)
    return kept
