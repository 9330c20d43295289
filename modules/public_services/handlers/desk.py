"""For officers: the dossier of whoever stands there, and the systems that tell of dossiers."""

from datetime import timedelta
from typing import Annotated, Final

from litestar import get
from litestar.params import QueryParameter

from backend.kernel import BadRequest, Injected, Snapshot, Transaction, at_most, requires
from contracts.personal_data import AccessLog
from contracts.problem import Fault
from modules.public_services.model.desk import Connectors, DeskDossiers, DeskReason
from modules.public_services.scopes import CONNECTOR, DESK
from modules.public_services.service import desk

_DIGITS_MIN: Final = 6


@get("/desk/dossiers", guards=[requires(DESK), at_most(60, per=timedelta(hours=1))])
async def find_dossiers(
    tx: Injected[Transaction],
    ends_with: Annotated[
        str,
        QueryParameter(
            pattern="^[0-9A-Z.-]*-?[0-9]{4,7}$",
            min_length=6,
            max_length=60,
            description="The end of a code, at least six digits of it: `260105-0001`.",
        ),
    ],
    reason: Annotated[
        DeskReason, QueryParameter(description="Why. The owner reads it in their access log.")
    ],
) -> DeskDossiers:
    """Find dossiers by the end of their code; each look is noted for its owner to read."""
    if sum(letter.isdigit() for letter in ends_with) < _DIGITS_MIN:
        raise BadRequest(errors=[Fault(parameter="ends_with", code="too_short")])
    return DeskDossiers(dossiers=await desk.find(tx, tx.ask(AccessLog), ends_with, reason))


@get("/connectors", guards=[requires(CONNECTOR)])
async def list_connectors(snapshot: Injected[Snapshot]) -> Connectors:
    """List the systems that tell of dossiers: when each was heard of last, and how it is."""
    return Connectors(connectors=await desk.connectors(snapshot))


ROUTES = (find_dossiers, list_connectors)
