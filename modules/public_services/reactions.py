"""What the module does about what happened."""

from datetime import timedelta
from typing import Final

from backend.kernel import Transaction, on
from contracts.notifications import Notifier, ToPerson
from contracts.public_services import DossierMoved
from modules.public_services.model.dossiers import Status, clock_of
from modules.public_services.model.tellings import FOR_THE_CITIZEN, LABELS, MOVED, WAITS
from modules.public_services.repository import dossiers
from modules.public_services.repository import mine as repository

_AFTERWARDS: Final = timedelta(days=30)


async def _tell_watchers(tx: Transaction, moved: DossierMoved) -> None:
    """Tell the owner and whoever watches; a dossier that has ended is watched a month longer."""
    status = Status(moved.to_status)
    notifier = tx.ask_maybe(Notifier)
    if notifier is not None and moved.from_status is not None:
        code = await dossiers.code_of(tx, moved.dossier_id)
        kind = WAITS if status in FOR_THE_CITIZEN else MOVED
        for person_id in await repository.watchers(tx, moved.dossier_id):
            await notifier.tell(
                ToPerson(person_id=person_id),
                kind.name,
                {"code": code, "status": LABELS[status]},
                about=code,
                once=f"{moved.dossier_id}:{moved.moved_at.isoformat()}:{status.value}",
            )
    if clock_of(status) == "ended":
        await repository.end_watches(tx, moved.dossier_id, tx.now + _AFTERWARDS)


TELL_WATCHERS: Final = on(DossierMoved, _tell_watchers, name="public_services.tell-watchers")
