"""At the desk: finding the dossier of whoever stands there. Every look is written down."""

from backend.kernel import Snapshot, Transaction
from contracts.personal_data import AccessLog, Look
from modules.public_services.model.desk import ConnectorView, DeskReason
from modules.public_services.model.dossier_views import FAILURES_MAX, LIVE, DossierStanding
from modules.public_services.repository import connectors as systems
from modules.public_services.repository import desk as repository
from modules.public_services.repository.connectors import ConnectorRow
from modules.public_services.service import dossiers


async def find(
    tx: Transaction, log: AccessLog, ends_with: str, reason: DeskReason
) -> tuple[DossierStanding, ...]:
    """Return how dossiers stand whose code ends so, each of them noted as looked at.

    The owner reads the line in their own access log. Of a dossier whose owner has no account, the
    line is about the dossier itself: it is there for whoever inquires.
    """
    found = await repository.ending(tx, ends_with)
    if not found:
        return ()
    holders = await repository.holders(tx, [each.id for each in found])
    whose = {each.dossier_id: each.person_id for each in holders}
    await log.note(
        *(
            Look(
                subject_id=whose.get(each.id, each.id),
                purpose=f"public_services.{reason}",
                about=f"public_services.dossier {each.code}",
                fields=("status", "dates"),
            )
            for each in found
        )
    )
    return tuple(await dossiers.standings(tx, found))


async def connectors(snapshot: Snapshot) -> tuple[ConnectorView, ...]:
    """Return how the systems are that tell of dossiers."""
    return tuple(_view(snapshot, each) for each in await systems.listed(snapshot))


def _view(snapshot: Snapshot, row: ConnectorRow) -> ConnectorView:
    is_fresh = row.last_ok_at is not None and snapshot.now - row.last_ok_at <= LIVE
    if row.failures >= FAILURES_MAX:
        state = "down"
    elif not is_fresh:
        state = "stale"
    else:
        state = "live" if row.simulation is None else "simulated"
    return ConnectorView(
        source=row.source,
        state=state,
        last_ok_at=row.last_ok_at,
        failures=row.failures,
        rest_until=row.rest_until,
        position=row.cursor,
    )
