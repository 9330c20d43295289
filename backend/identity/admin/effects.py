"""What an approved proposal does. Whatever it could have met before is looked at again here."""

from collections.abc import Collection
from datetime import timedelta
from uuid import UUID

import msgspec

from backend.identity.admin import repository
from backend.identity.admin.model import (
    AreaChange,
    Change,
    ClientDraft,
    Disabling,
    Enrolment,
    Invitation,
    Reorganisation,
    RoleChange,
)
from backend.identity.admin.repository import Held
from backend.identity.console import repository as console
from backend.identity.console.enrolling import invite, link_for
from backend.identity.errors import AgencySucceeded, OfficerDisabled
from backend.identity.repository import GRANT_AREAS
from backend.kernel import NotFound, Transaction
from contracts.identity import StaffRoleChanged


async def carry_out(
    tx: Transaction, change: Change, *, by: Collection[UUID], life: timedelta
) -> str | None:
    """Do it; return the link that comes of it, if one does.

    Raises `NotFound`, `OfficerDisabled` or `AgencySucceeded` when it cannot be done
    any more.
    """
    match change:
        case Invitation():
            return await _invite(tx, change, by, life)
        case Enrolment(staff_id=staff_id):
            return await _enrol_again(tx, staff_id, by, life)
        case RoleChange():
            await _change_roles(tx, change, by)
        case AreaChange(staff_id=staff_id, areas=areas):
            await _living(tx, staff_id)
            await tx.run(repository.END_AREAS, staff_id, list(areas), tx.now)
            await tx.run(GRANT_AREAS, staff_id, list(areas), tx.now)
            await tx.publish(StaffRoleChanged(staff_id=staff_id))
        case Disabling(staff_id=staff_id):
            await _disable(tx, staff_id)
        case ClientDraft():
            await _keep_program(tx, change)
        case Reorganisation():
            await _arrange(tx, change)
    return None


async def _invite(
    tx: Transaction, invitation: Invitation, by: Collection[UUID], life: timedelta
) -> str:
    staff_id = await invite(tx, name=invitation.name, email=invitation.email, invited_by=by)
    roles = sorted(set(invitation.roles))
    await tx.run(repository.ADD_ROLES, staff_id, roles, invitation.agency_id, tx.now, sorted(by))
    await tx.run(GRANT_AREAS, staff_id, sorted(set(invitation.areas)), tx.now)
    return await link_for(tx, staff_id, kind="invitation", made_by=by, life=life)


async def _enrol_again(
    tx: Transaction, staff_id: UUID, by: Collection[UUID], life: timedelta
) -> str:
    """Make a link; an officer who was shut out is invited anew."""
    held = await _held(tx, staff_id)
    if held.status == "disabled":
        await tx.run(repository.REINVITE, staff_id)
    return await link_for(tx, staff_id, kind="invitation", made_by=by, life=life)


async def _change_roles(tx: Transaction, change: RoleChange, by: Collection[UUID]) -> None:
    await _living(tx, change.staff_id)
    roles = sorted(set(change.roles))
    await tx.run(repository.END_ROLES, change.staff_id, change.agency_id, roles, tx.now)
    await tx.run(repository.ADD_ROLES, change.staff_id, roles, change.agency_id, tx.now, sorted(by))
    await tx.publish(StaffRoleChanged(staff_id=change.staff_id))


async def _disable(tx: Transaction, staff_id: UUID) -> None:
    """Shut an officer out, with all that they had under way."""
    if not await tx.run(console.DISABLE, staff_id, tx.now):
        raise OfficerDisabled
    await tx.run(console.END_SESSIONS, staff_id, tx.now)
    await tx.run(console.VOID_LINKS, staff_id, tx.now)
    await tx.run(repository.VOID_PROPOSALS, staff_id, tx.now)
    await tx.publish(StaffRoleChanged(staff_id=staff_id))


async def _keep_program(tx: Transaction, draft: ClientDraft) -> None:
    kept = await tx.run(
        repository.KEEP_PROGRAM,
        draft.client_id,
        draft.name,
        msgspec.to_builtins(draft.jwks),
        sorted(set(draft.scopes)),
        sorted(set(draft.purposes)),
        draft.agreement,
        draft.rate_per_minute,
        tx.now,
    )
    if not kept:  # our own app has that name
        raise NotFound


async def _arrange(tx: Transaction, change: Reorganisation) -> None:
    """Let the heirs inherit from the day on; what else happens then is the worker's."""
    await tx.run(repository.LOCK_SUCCESSION)
    if await tx.maybe(repository.ALREADY_SUCCEEDED, list(change.former)) is not None:
        raise AgencySucceeded
    heirs = msgspec.to_builtins(change.heirs)
    former = list(change.former)
    alone = "merge" if len(former) > 1 else "rename"
    kind = "split" if len(heirs) > 1 else alone
    await tx.run(repository.ADD_SUCCESSORS, former, heirs, change.on, kind)
    await tx.run(
        repository.ADD_REORGANISATION,
        tx.new_id(),
        former,
        heirs,
        change.on,
        sorted(set(change.carry_roles)),
    )


async def _living(tx: Transaction, staff_id: UUID) -> None:
    if (await _held(tx, staff_id)).status == "disabled":
        raise OfficerDisabled


async def _held(tx: Transaction, staff_id: UUID) -> Held:
    held = await tx.maybe(repository.HELD, staff_id, tx.now)
    if held is None:
        raise NotFound
    return held
