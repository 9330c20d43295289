"""Whether what is proposed makes sense: roles, agencies, communes and scopes that there are."""

from collections.abc import Collection, Iterable
from datetime import date
from uuid import UUID

from backend.identity.admin.model import (
    ROLES,
    AreaChange,
    Change,
    ClientDraft,
    Invitation,
    Reorganisation,
    RoleChange,
)
from backend.identity.errors import (
    DayPast,
    UnknownAgency,
    UnknownArea,
    UnknownRole,
    UnknownScope,
)
from backend.kernel import Scope, Transaction
from contracts.territory import AgencyRegister, CommuneRegister

_PROVINCE_DIGITS = 2


async def require_fit(tx: Transaction, scopes: Iterable[Scope], change: Change) -> None:
    """Return if it fits. Raises one of the refusals of this module's kind."""
    scopes = tuple(scopes)
    match change:
        case Invitation(agency_id=agency_id, roles=roles, areas=areas):
            _require_roles(scopes, roles)
            await _require_agencies(tx, [agency_id], tx.today)
            await _require_areas(tx, areas)
        case RoleChange(agency_id=agency_id, roles=roles):
            _require_roles(scopes, roles)
            await _require_agencies(tx, [agency_id], tx.today)
        case AreaChange(areas=areas):
            await _require_areas(tx, areas)
        case ClientDraft(scopes=wanted):
            _require_scopes(scopes, wanted)
        case Reorganisation():
            _require_roles(scopes, change.carry_roles)
            if change.on < tx.today:
                raise DayPast
            await _require_agencies(tx, change.former, tx.today)
            # An heir may begin on the day itself.
            await _require_agencies(tx, [heir.agency_id for heir in change.heirs], change.on)
            for heir in change.heirs:
                await _require_areas(tx, heir.areas)
        case _:
            return


def _require_roles(scopes: Iterable[Scope], roles: Collection[str]) -> None:
    known = ROLES.union(*(scope.roles for scope in scopes))
    if unknown := sorted(set(roles) - known):
        raise UnknownRole(roles=unknown)


def _require_scopes(scopes: Iterable[Scope], wanted: Collection[str]) -> None:
    known = {scope.name for scope in scopes if "partner" in scope.kinds}
    if unknown := sorted(set(wanted) - known):
        raise UnknownScope(scopes=unknown)


async def _require_agencies(tx: Transaction, agencies: Collection[UUID], on: date) -> None:
    register = tx.ask_maybe(AgencyRegister)
    if register is None:
        return
    for agency_id in agencies:
        if await register.in_force(agency_id, on) is None:
            raise UnknownAgency(agency_id=str(agency_id))


async def _require_areas(tx: Transaction, areas: Collection[str]) -> None:
    register = tx.ask_maybe(CommuneRegister)
    if register is None:
        return
    provinces = await register.codes_by_province()
    for code in areas:
        is_known = (
            code in provinces
            if len(code) == _PROVINCE_DIGITS
            else any(code in codes for codes in provinces.values())
        )
        if not is_known:
            raise UnknownArea(area=code)
