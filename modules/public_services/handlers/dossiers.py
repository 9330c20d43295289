"""For whoever waits: where a dossier stands."""

from typing import Annotated, TypeAlias
from uuid import UUID

from litestar import get, post
from litestar.params import JSONBody, PathParameter

from backend.kernel import (
    Anyone,
    Injected,
    NotFound,
    Snapshot,
    Transaction,
    Tries,
    refuses,
    requires,
)
from contracts.page import Page
from contracts.personal_data import PersonalIdIndex
from modules.public_services.errors import NoSuchDossier
from modules.public_services.handlers.parameters import Cursor, Limit
from modules.public_services.model.dossier_views import (
    DossierQuestion,
    OwnDossier,
    PublicDossier,
    ToldStep,
)
from modules.public_services.scopes import OWN_DOSSIERS
from modules.public_services.service import dossiers, mine

DossierId: TypeAlias = Annotated[UUID, PathParameter(description="Id of a dossier.")]


@post("/dossier-lookups", guards=[Anyone()], status_code=200, responses=refuses(NoSuchDossier))
async def look_up_dossier(
    data: JSONBody[DossierQuestion], snapshot: Injected[Snapshot], tries: Injected[Tries]
) -> PublicDossier:
    """Read how a dossier stands, by its code and the end of a number that only its holder knows.

    Unknown code, wrong number and a code that was guessed at too often are one answer.
    """
    return await dossiers.look_up(snapshot, tries, data)


@get("/me/dossiers", guards=[requires(OWN_DOSSIERS)])
async def list_own_dossiers(
    tx: Injected[Transaction], cursor: Cursor = None, limit: Limit = 20
) -> Page[OwnDossier]:
    """List your own dossiers, the one that moved last first: known by your proved number."""
    await mine.recognise(tx, tx.ask(PersonalIdIndex))
    return await dossiers.own(tx, cursor, limit)


@get(
    "/me/dossiers/{dossier_id:uuid}",
    guards=[requires(OWN_DOSSIERS)],
    responses=refuses(NotFound),
)
async def read_own_dossier(dossier_id: DossierId, tx: Injected[Transaction]) -> OwnDossier:
    """Read one of your own dossiers."""
    return await dossiers.read_own(tx, dossier_id)


@get(
    "/me/dossiers/{dossier_id:uuid}/events",
    guards=[requires(OWN_DOSSIERS)],
    responses=refuses(NotFound),
)
async def list_dossier_events(
    dossier_id: DossierId, snapshot: Injected[Snapshot], cursor: Cursor = None, limit: Limit = 20
) -> Page[ToldStep]:
    """List what happened to one of your own dossiers, with what the officers wrote."""
    return await dossiers.timeline(snapshot, dossier_id, cursor, limit)


ROUTES = (
    look_up_dossier,
    list_own_dossiers,
    read_own_dossier,
    list_dossier_events,
)
