"""The register of agencies, as officers keep it."""

from datetime import date
from uuid import UUID

from backend.kernel import Snapshot, Transaction, check_version
from contracts.page import Page
from contracts.territory import AgencyChanged, AgencyKind, CompetenceChanged
from modules.territory.errors import (
    CompetenceHeld,
    IdentifierTaken,
    UnfitParent,
    UnitNotInForce,
    UnknownAgency,
    UnknownCompetence,
)
from modules.territory.model.agencies import (
    AgencyDraft,
    Competence,
    CompetenceDraft,
    RegisteredAgency,
)
from modules.territory.model.atlas import Atlas
from modules.territory.repository import agencies as repository
from modules.territory.repository import competences, datasets
from modules.territory.service.gazetteer import gazetteer


async def listed(
    snapshot: Snapshot,
    cursor: str | None,
    limit: int,
    *,
    unit: str | None,
    kind: AgencyKind | None,
    on: date,
) -> Page[RegisteredAgency]:
    return await repository.page(snapshot, cursor, limit, unit=unit, kind=kind, on=on)


async def read(snapshot: Snapshot, agency_id: UUID) -> RegisteredAgency:
    """Return an agency, also one that has ended. Raises `UnknownAgency`."""
    agency = await repository.read(snapshot, agency_id)
    if agency is None:
        raise UnknownAgency
    return agency


async def read_identified(
    snapshot: Snapshot, scheme: str, value: str, on: date
) -> RegisteredAgency:
    """Return the agency that bears an identifier on that day. Raises `UnknownAgency`."""
    agency = await repository.read_identified(snapshot, scheme, value, on)
    if agency is None:
        raise UnknownAgency
    return agency


async def enter(tx: Transaction, draft: AgencyDraft) -> RegisteredAgency:
    """Add an agency to the register.

    Raises `UnitNotInForce`, `UnfitParent` or `IdentifierTaken`.
    """
    await datasets.lock(tx)
    agency_id = tx.new_id()
    await _require_fit(tx, agency_id, draft)
    await repository.add(tx, agency_id, draft)
    return await _kept(tx, agency_id, draft)


async def change(
    tx: Transaction, agency_id: UUID, draft: AgencyDraft, if_match: str | None
) -> RegisteredAgency:
    """Replace what the register says of an agency, its identifiers included.

    Raises what `enter` does, `UnknownAgency`, and for the version `VersionRequired` or
    `VersionStale`.
    """
    await datasets.lock(tx)
    known = await read(tx, agency_id)
    check_version(known.version, if_match)
    await _require_fit(tx, agency_id, draft)
    await repository.change(tx, agency_id, known.version, draft)
    return await _kept(tx, agency_id, draft)


async def competences_of(
    snapshot: Snapshot,
    cursor: str | None,
    limit: int,
    *,
    subject: str | None,
    commune: str | None,
    on: date,
) -> Page[Competence]:
    """Return competences; for a commune also those held for its whole province."""
    codes = None
    if commune is not None:
        unit = (await gazetteer(snapshot)).atlas.in_force(commune, on)
        codes = (commune, unit.province_code) if unit else (commune,)
    return await competences.page(snapshot, cursor, limit, subject=subject, unit_codes=codes, on=on)


async def read_competence(snapshot: Snapshot, competence_id: UUID) -> Competence:
    """Return a competence, also one that has ended. Raises `UnknownCompetence`."""
    competence = await competences.read(snapshot, competence_id)
    if competence is None:
        raise UnknownCompetence
    return competence


async def grant(tx: Transaction, draft: CompetenceDraft) -> Competence:
    """Say what an agency is competent for, and from when.

    Raises `UnknownAgency`, `UnitNotInForce` or `CompetenceHeld`.
    """
    await datasets.lock(tx)
    await read(tx, draft.agency_id)
    await _require_unit(tx, draft.unit_code, draft.valid_from)
    competence_id = tx.new_id()
    if not await competences.add(tx, competence_id, draft):
        raise CompetenceHeld
    return await _told(tx, competence_id)


async def regrant(
    tx: Transaction, competence_id: UUID, draft: CompetenceDraft, if_match: str | None
) -> Competence:
    """Replace a competence, for instance to let it end.

    Raises what `grant` does, `UnknownCompetence`, and for the version `VersionRequired` or
    `VersionStale`.
    """
    await datasets.lock(tx)
    known = await read_competence(tx, competence_id)
    check_version(known.version, if_match)
    await read(tx, draft.agency_id)
    await _require_unit(tx, draft.unit_code, draft.valid_from)
    if not await competences.change(tx, competence_id, known.version, draft):
        raise CompetenceHeld
    return await _told(tx, competence_id)


async def _require_fit(tx: Transaction, agency_id: UUID, draft: AgencyDraft) -> None:
    await _require_unit(tx, draft.unit_code, draft.valid_from)
    if draft.parent_id is not None:
        above = await repository.above(tx, draft.parent_id)
        if not above or agency_id in above:
            raise UnfitParent


async def _require_unit(tx: Transaction, code: str, on: date) -> None:
    atlas = (await gazetteer(tx)).atlas
    if not _stands(atlas, code, on):
        raise UnitNotInForce(code=code, lived=", ".join(u.lifetime for u in atlas.bearers(code)))


def _stands(atlas: Atlas, code: str, on: date) -> bool:
    """Tell whether the unit is there on that day, as far back as it is known to exist."""
    bearers = atlas.bearers(code)
    is_older = bool(bearers) and not bearers[0].start_known and on < bearers[0].valid_from
    return is_older or atlas.in_force(code, on) is not None


async def _kept(tx: Transaction, agency_id: UUID, draft: AgencyDraft) -> RegisteredAgency:
    if not await repository.put_identifiers(tx, agency_id, draft.identifiers):
        raise IdentifierTaken
    agency = await read(tx, agency_id)
    await tx.publish(
        AgencyChanged(agency_id=agency_id, version=agency.version, changed_by=tx.principal.staff_id)
    )
    return agency


async def _told(tx: Transaction, competence_id: UUID) -> Competence:
    competence = await read_competence(tx, competence_id)
    await tx.publish(
        CompetenceChanged(
            competence_id=competence_id,
            agency_id=competence.agency_id,
            version=competence.version,
            changed_by=tx.principal.staff_id,
        )
    )
    return competence
