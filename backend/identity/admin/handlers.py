"""`/v1/admin`: officers and proposals. What gives power is proposed here, and never just done."""

from typing import Annotated, Any, Final, TypeAlias
from uuid import UUID

import msgspec
from litestar import Request, get, post
from litestar.params import FromPath, JSONBody, QueryParameter

from backend.identity.admin import repository
from backend.identity.admin.fitting import require_fit
from backend.identity.admin.model import (
    AreaChange,
    Areas,
    Change,
    Decided,
    Disabling,
    Enrolment,
    Invitation,
    NewOfficer,
    Officer,
    Proposal,
    RoleChange,
    Roles,
    State,
)
from backend.identity.admin.proposing import approve, propose, refuse
from backend.identity.entry import AS_SIGN_IN
from backend.identity.errors import (
    AgencySucceeded,
    OfficerDisabled,
    OwnProposal,
    ProposalOver,
    SoleAdmin,
    UnknownAgency,
    UnknownArea,
    UnknownRole,
)
from backend.identity.handlers import authority_of
from backend.identity.scopes import ADMINISTER, OVERSEE
from backend.kernel import (
    Injected,
    NotFound,
    Snapshot,
    StepUpNeeded,
    Transaction,
    refuses,
    requires,
)
from contracts.page import Page

AS: Final = {AS_SIGN_IN: True}
Asking: TypeAlias = Request[Any, Any, Any]
Cursor: TypeAlias = Annotated[
    str | None,
    QueryParameter(name="cursor", max_length=500, description="`next_cursor` of the last page."),
]
Limit: TypeAlias = Annotated[
    int, QueryParameter(name="limit", ge=1, le=100, description="Items on one page.")
]
InState: TypeAlias = Annotated[
    State | None, QueryParameter(name="state", description="Only proposals of this state.")
]


class NewRoles(msgspec.Struct, frozen=True, kw_only=True):
    """All that the officer shall be, for one agency; none at all ends what they are."""

    agency_id: UUID
    roles: Roles


class NewAreas(msgspec.Struct, frozen=True, kw_only=True):
    """All communes that the officer shall answer for."""

    areas: Areas


@get(
    "/v1/admin/staff",
    operation_id="listOfficers",
    tags=["identity"],
    guards=[requires(OVERSEE)],
    opt=AS,
)
async def list_officers(
    snapshot: Injected[Snapshot], cursor: Cursor = None, limit: Limit = 20
) -> Page[Officer]:
    """List officers with what they may do now, in the order in which they came."""
    return await snapshot.page(repository.OFFICERS, cursor, limit, snapshot.now)


@get(
    "/v1/admin/staff/{staff_id:uuid}",
    operation_id="readOfficer",
    tags=["identity"],
    guards=[requires(OVERSEE)],
    opt=AS,
    responses=refuses(NotFound),
)
async def read_officer(staff_id: FromPath[UUID], snapshot: Injected[Snapshot]) -> Officer:
    """Read one officer."""
    found = await snapshot.maybe(repository.OFFICER, snapshot.now, staff_id)
    if found is None:
        raise NotFound
    return found


@post(
    "/v1/admin/staff",
    operation_id="inviteOfficer",
    tags=["identity"],
    guards=[requires(ADMINISTER)],
    opt=AS,
    status_code=202,
    responses=refuses(StepUpNeeded, SoleAdmin, UnknownRole, UnknownAgency, UnknownArea),
)
async def invite_officer(
    request: Asking, data: JSONBody[NewOfficer], tx: Injected[Transaction]
) -> Decided:
    """Propose a new officer. A sole administrator makes the second one without a proposal."""
    return await proposed(request, tx, Invitation(**msgspec.structs.asdict(data)))


@post(
    "/v1/admin/staff/{staff_id:uuid}/roles",
    operation_id="proposeRoles",
    tags=["identity"],
    guards=[requires(ADMINISTER)],
    opt=AS,
    status_code=202,
    responses=refuses(StepUpNeeded, NotFound, SoleAdmin, UnknownRole, UnknownAgency),
)
async def propose_roles(
    request: Asking,
    staff_id: FromPath[UUID],
    data: JSONBody[NewRoles],
    tx: Injected[Transaction],
) -> Decided:
    """Propose what an officer shall be."""
    change = RoleChange(staff_id=staff_id, agency_id=data.agency_id, roles=data.roles)
    return await proposed(request, tx, change)


@post(
    "/v1/admin/staff/{staff_id:uuid}/areas",
    operation_id="proposeAreas",
    tags=["identity"],
    guards=[requires(ADMINISTER)],
    opt=AS,
    status_code=202,
    responses=refuses(StepUpNeeded, NotFound, SoleAdmin, UnknownArea),
)
async def propose_areas(
    request: Asking,
    staff_id: FromPath[UUID],
    data: JSONBody[NewAreas],
    tx: Injected[Transaction],
) -> Decided:
    """Propose which communes an officer shall answer for."""
    return await proposed(request, tx, AreaChange(staff_id=staff_id, areas=data.areas))


@post(
    "/v1/admin/staff/{staff_id:uuid}/enrolment",
    operation_id="proposeEnrolment",
    tags=["identity"],
    guards=[requires(ADMINISTER)],
    opt=AS,
    status_code=202,
    responses=refuses(StepUpNeeded, NotFound, SoleAdmin),
)
async def propose_enrolment(
    request: Asking, staff_id: FromPath[UUID], tx: Injected[Transaction]
) -> Decided:
    """Propose a link for a new key: for who has lost theirs, or was shut out."""
    return await proposed(request, tx, Enrolment(staff_id=staff_id))


@post(
    "/v1/admin/staff/{staff_id:uuid}/disable",
    operation_id="disableOfficer",
    tags=["identity"],
    guards=[requires(ADMINISTER)],
    opt=AS,
    status_code=202,
    responses=refuses(StepUpNeeded, NotFound, SoleAdmin, OfficerDisabled),
)
async def disable_officer(
    request: Asking, staff_id: FromPath[UUID], tx: Injected[Transaction]
) -> Decided:
    """Shut an officer out at their next request. For an administrator this is a proposal."""
    return await proposed(request, tx, Disabling(staff_id=staff_id))


@get(
    "/v1/admin/proposals",
    operation_id="listProposals",
    tags=["identity"],
    guards=[requires(OVERSEE)],
    opt=AS,
)
async def list_proposals(
    snapshot: Injected[Snapshot],
    in_state: InState = None,
    cursor: Cursor = None,
    limit: Limit = 20,
) -> Page[Proposal]:
    """List proposals and what became of them, the newest first."""
    return await snapshot.page(repository.PROPOSALS, cursor, limit, snapshot.now, in_state)


@get(
    "/v1/admin/proposals/{proposal_id:uuid}",
    operation_id="readProposal",
    tags=["identity"],
    guards=[requires(OVERSEE)],
    opt=AS,
    responses=refuses(NotFound),
)
async def read_proposal(proposal_id: FromPath[UUID], snapshot: Injected[Snapshot]) -> Proposal:
    """Read one proposal."""
    found = await snapshot.maybe(repository.PROPOSAL, snapshot.now, proposal_id)
    if found is None:
        raise NotFound
    return found


@post(
    "/v1/admin/proposals/{proposal_id:uuid}/approve",
    operation_id="approveProposal",
    tags=["identity"],
    guards=[requires(ADMINISTER)],
    opt=AS,
    status_code=200,
    responses=refuses(
        StepUpNeeded,
        NotFound,
        OwnProposal,
        ProposalOver,
        OfficerDisabled,
        AgencySucceeded,
    ),
)
async def approve_proposal(proposal_id: FromPath[UUID], tx: Injected[Transaction]) -> Decided:
    """Carry out what another administrator has proposed. A link is shown in this answer alone."""
    return await approve(tx, proposal_id)


@post(
    "/v1/admin/proposals/{proposal_id:uuid}/refuse",
    operation_id="refuseProposal",
    tags=["identity"],
    guards=[requires(ADMINISTER)],
    opt=AS,
    status_code=200,
    responses=refuses(StepUpNeeded, NotFound, OwnProposal, ProposalOver),
)
async def refuse_proposal(proposal_id: FromPath[UUID], tx: Injected[Transaction]) -> Proposal:
    """Let nothing come of a proposal; whoever proposed it takes it back."""
    return await refuse(tx, proposal_id)


async def proposed(request: Asking, tx: Transaction, change: Change) -> Decided:
    """Propose a change that makes sense in this installation."""
    await require_fit(tx, authority_of(request).scopes, change)
    return await propose(tx, change)
