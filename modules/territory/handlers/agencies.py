"""Agencies and what they are competent for: read by anyone, kept by officers."""

from litestar import get, post, put
from litestar.params import JSONBody

from backend.kernel import (
    Anyone,
    IfMatch,
    Injected,
    Snapshot,
    Transaction,
    VersionRequired,
    VersionStale,
    refuses,
    requires,
)
from contracts.page import Page
from modules.territory.errors import (
    CompetenceHeld,
    IdentifierTaken,
    UnfitParent,
    UnitNotInForce,
    UnknownAgency,
    UnknownCompetence,
)
from modules.territory.handlers.parameters import (
    AgencyId,
    AtUnit,
    CompetenceId,
    Cursor,
    ForCommune,
    IdentifierText,
    Limit,
    OfKind,
    On,
    OnSubject,
    SchemeName,
)
from modules.territory.model.agencies import (
    AgencyDraft,
    Competence,
    CompetenceDraft,
    RegisteredAgency,
)
from modules.territory.scopes import EDIT
from modules.territory.service import agencies


@get("/agencies", guards=[Anyone()])
async def list_agencies(
    snapshot: Injected[Snapshot],
    unit: AtUnit = None,
    kind: OfKind = None,
    on: On = None,
    cursor: Cursor = None,
    limit: Limit = 20,
) -> Page[RegisteredAgency]:
    """List the agencies of a day by name."""
    day = on or snapshot.today
    return await agencies.listed(snapshot, cursor, limit, unit=unit, kind=kind, on=day)


@get("/agencies/{agency_id:uuid}", guards=[Anyone()], responses=refuses(UnknownAgency))
async def read_agency(agency_id: AgencyId, snapshot: Injected[Snapshot]) -> RegisteredAgency:
    """Read an agency, also one that has ended."""
    return await agencies.read(snapshot, agency_id)


@get("/agencies/{scheme:str}/{value:str}", guards=[Anyone()], responses=refuses(UnknownAgency))
async def read_identified_agency(
    scheme: SchemeName, value: IdentifierText, snapshot: Injected[Snapshot], on: On = None
) -> RegisteredAgency:
    """Read the agency that bears an identifier on a day."""
    return await agencies.read_identified(snapshot, scheme, value, on or snapshot.today)


@post(
    "/agencies",
    guards=[requires(EDIT)],
    responses=refuses(UnitNotInForce, UnfitParent, IdentifierTaken),
)
async def enter_agency(data: JSONBody[AgencyDraft], tx: Injected[Transaction]) -> RegisteredAgency:
    """Enter an agency into the register."""
    return await agencies.enter(tx, data)


@put(
    "/agencies/{agency_id:uuid}",
    guards=[requires(EDIT)],
    responses=refuses(
        UnknownAgency,
        UnitNotInForce,
        UnfitParent,
        IdentifierTaken,
        VersionRequired,
        VersionStale,
    ),
)
async def change_agency(
    agency_id: AgencyId,
    data: JSONBody[AgencyDraft],
    tx: Injected[Transaction],
    if_match: IfMatch = None,
) -> RegisteredAgency:
    """Replace what the register says of an agency, its identifiers included."""
    return await agencies.change(tx, agency_id, data, if_match)


@get("/competences", guards=[Anyone()])
async def list_competences(
    snapshot: Injected[Snapshot],
    subject: OnSubject = None,
    commune: ForCommune = None,
    on: On = None,
    cursor: Cursor = None,
    limit: Limit = 20,
) -> Page[Competence]:
    """List what agencies are competent for on a day, by subject."""
    day = on or snapshot.today
    return await agencies.competences_of(
        snapshot, cursor, limit, subject=subject, commune=commune, on=day
    )


@get("/competences/{competence_id:uuid}", guards=[Anyone()], responses=refuses(UnknownCompetence))
async def read_competence(competence_id: CompetenceId, snapshot: Injected[Snapshot]) -> Competence:
    """Read a competence, also one that has ended."""
    return await agencies.read_competence(snapshot, competence_id)


@post(
    "/competences",
    guards=[requires(EDIT)],
    responses=refuses(UnknownAgency, UnitNotInForce, CompetenceHeld),
)
async def grant_competence(
    data: JSONBody[CompetenceDraft], tx: Injected[Transaction]
) -> Competence:
    """Say what an agency is competent for, and from when."""
    return await agencies.grant(tx, data)


@put(
    "/competences/{competence_id:uuid}",
    guards=[requires(EDIT)],
    responses=refuses(
        UnknownCompetence,
        UnknownAgency,
        UnitNotInForce,
        CompetenceHeld,
        VersionRequired,
        VersionStale,
    ),
)
async def change_competence(
    competence_id: CompetenceId,
    data: JSONBody[CompetenceDraft],
    tx: Injected[Transaction],
    if_match: IfMatch = None,
) -> Competence:
    """Replace a competence, for instance to let it end."""
    return await agencies.regrant(tx, competence_id, data, if_match)
