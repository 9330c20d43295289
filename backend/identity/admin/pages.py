"""Pages for administrators: who works here, which role opens what, and what is proposed.

Each button proposes what its REST twin proposes. A link that comes of a decision is shown in the
page that answers it, once.
"""

from collections.abc import Callable, Iterable
from typing import Annotated, Any, Final
from uuid import UUID

import msgspec
import segno
from litestar import Response, get, post
from litestar.params import FromPath, QueryParameter

from backend.identity.admin import repository
from backend.identity.admin.fitting import require_fit
from backend.identity.admin.handlers import AS, Asking, Cursor
from backend.identity.admin.model import (
    ROLES,
    AreaChange,
    Change,
    ClientDraft,
    Decided,
    Disabling,
    Enrolment,
    Invitation,
    Officer,
    PartnerProgram,
    Proposal,
    RoleChange,
    State,
)
from backend.identity.admin.proposing import approve, propose, refuse
from backend.identity.admin.roles import permissions
from backend.identity.handlers import authority_of
from backend.identity.scopes import ADMINISTER, OVERSEE
from backend.kernel import (
    BadRequest,
    Form,
    Injected,
    Nav,
    NotFound,
    Snapshot,
    Transaction,
    requires,
)
from backend.kernel.pages import work_page
from contracts.problem import Fault
from contracts.territory import AgencyRegister

_AT_ONCE: Final = 100
_PEOPLE: Final = "/console/identity/people"
_PROPOSALS: Final = "/console/identity/proposals"

NAV: Final = (
    Nav(name="people", path=_PEOPLE, scope=OVERSEE, key="p", icon="people"),
    Nav(name="proposals", path=_PROPOSALS, scope=OVERSEE, icon="seal"),
)


@get("/people", guards=[requires(OVERSEE)], opt=AS)
async def show_people(
    request: Asking, snapshot: Injected[Snapshot], cursor: Cursor = None
) -> Response[str]:
    """Show officers with what they may do now, and a form to propose another one."""
    found = await snapshot.page(repository.OFFICERS, cursor, _AT_ONCE, snapshot.now)
    return work_page(
        "identity/people.html",
        snapshot.principal,
        people=found.items,
        agencies=await _agencies(snapshot, found.items),
        roles=_roles(request),
        older=f"?cursor={found.next_cursor}" if found.next_cursor else "",
    )


@get("/people/{staff_id:uuid}", guards=[requires(OVERSEE)], opt=AS)
async def show_officer(
    request: Asking, staff_id: FromPath[UUID], snapshot: Injected[Snapshot]
) -> Response[str]:
    """Show one officer, and what may be proposed about them."""
    found = await snapshot.maybe(repository.OFFICER, snapshot.now, staff_id)
    if found is None:
        raise NotFound
    return work_page(
        "identity/officer.html",
        snapshot.principal,
        one=found,
        agencies=await _agencies(snapshot, [found]),
        roles=_roles(request),
    )


@post("/people", guards=[requires(ADMINISTER)], opt=AS, status_code=200)
async def invite(request: Asking, form: Injected[Form], tx: Injected[Transaction]) -> Response[str]:
    """Propose a new officer."""
    said = {
        "name": form.text("name"),
        "agency_id": form.text("agency_id"),
        "roles": _chosen(form, _roles(request)),
        "areas": form.text("areas").replace(",", " ").split(),
        "email": form.text("email") or None,
    }
    return await _proposed(request, tx, _read(said, Invitation))


@post("/people/{staff_id:uuid}/{what:str}", guards=[requires(ADMINISTER)], opt=AS, status_code=200)
async def change_officer(
    request: Asking,
    staff_id: FromPath[UUID],
    what: FromPath[str],
    form: Injected[Form],
    tx: Injected[Transaction],
) -> Response[str]:
    """Propose what an officer shall be, a link for a new key, or that they are shut out."""
    about: dict[str, Callable[[], Change]] = {
        "roles": lambda: _read(
            {
                "staff_id": staff_id,
                "agency_id": form.text("agency_id"),
                "roles": _chosen(form, _roles(request)),
            },
            RoleChange,
        ),
        "areas": lambda: _read(
            {"staff_id": staff_id, "areas": form.text("areas").replace(",", " ").split()},
            AreaChange,
        ),
        "enrolment": lambda: Enrolment(staff_id=staff_id),
        "disable": lambda: Disabling(staff_id=staff_id),
    }
    if what not in about:
        raise NotFound
    return await _proposed(request, tx, about[what]())


@get("/proposals", guards=[requires(OVERSEE)], opt=AS)
async def show_proposals(
    snapshot: Injected[Snapshot],
    wanted: Annotated[str, QueryParameter(name="state", max_length=20)] = "",
    cursor: Cursor = None,
) -> Response[str]:
    """Show what was proposed and what became of it, the newest first."""
    states: tuple[State, ...] = ("open", "approved", "refused", "expired")
    state = next((each for each in states if each == wanted), None)
    found = await snapshot.page(repository.PROPOSALS, cursor, _AT_ONCE, snapshot.now, state)
    return work_page(
        "identity/proposals.html",
        snapshot.principal,
        **await _told(snapshot, found.items),
        states=states,
        chosen=state or "",
        decided=None,
        code="",
        older=f"?state={wanted}&cursor={found.next_cursor}" if found.next_cursor else "",
    )


@post(
    "/proposals/{proposal_id:uuid}/{decision:str}",
    guards=[requires(ADMINISTER)],
    opt=AS,
    status_code=200,
)
async def decide_proposal(
    proposal_id: FromPath[UUID], decision: FromPath[str], tx: Injected[Transaction]
) -> Response[str]:
    """Carry out what another administrator has proposed, or let nothing come of it."""
    if decision == "approve":
        decided = await approve(tx, proposal_id)
    elif decision == "refuse":
        decided = Decided(proposal=await refuse(tx, proposal_id))
    else:
        raise NotFound
    return await _decided(tx, decided)


@get("/roles", guards=[requires(OVERSEE)], opt=AS)
async def show_roles(request: Asking, snapshot: Injected[Snapshot]) -> Response[str]:
    """Show which role opens what."""
    return work_page(
        "identity/roles.html",
        snapshot.principal,
        roles=_roles(request),
        permissions=permissions(authority_of(request).scopes),
    )


PAGES: Final = (
    show_people,
    show_officer,
    invite,
    change_officer,
    show_proposals,
    decide_proposal,
    show_roles,
)


async def _proposed(request: Asking, tx: Transaction, change: Change) -> Response[str]:
    await require_fit(tx, authority_of(request).scopes, change)
    return await _decided(tx, await propose(tx, change))


async def _decided(tx: Transaction, decided: Decided) -> Response[str]:
    """Show what came of a form, and the link if there is one: nobody sees it again."""
    return work_page(
        "identity/proposals.html",
        tx.principal,
        **await _told(tx, [decided.proposal]),
        states=(),
        chosen="",
        decided=decided,
        code="" if decided.link is None else segno.make(decided.link, micro=False).svg_data_uri(),
        older="",
    )


async def _told(snapshot: Snapshot, proposals: Iterable[Proposal]) -> dict[str, Any]:
    """Return proposals with the names of whom they are about, and by whom."""
    people = await snapshot.page(repository.OFFICERS, None, _AT_ONCE, snapshot.now)
    programs = await snapshot.page(repository.PROGRAMS, None, _AT_ONCE)
    items = list(proposals)
    return {
        "proposals": items,
        "changes": {each.id: msgspec.to_builtins(each.change) for each in items},
        "before": {
            each.id: _before(each, people.items, programs.items)
            for each in items
            if each.state == "open"
        },
        "names": {each.id: each.name for each in people.items},
        "agencies": await _agencies(snapshot, people.items),
    }


def _before(
    proposal: Proposal, people: Iterable[Officer], programs: Iterable[PartnerProgram]
) -> dict[str, Any]:
    """Return what stands now in each field that a proposal would write; empty for what is new."""
    match proposal.change:
        case RoleChange(staff_id=about) | AreaChange(staff_id=about):
            found = next((each for each in people if each.id == about), None)
        case ClientDraft(client_id=about):
            found = next((each for each in programs if each.id == about), None)
        case _:
            found = None
    return {} if found is None else msgspec.to_builtins(found)


async def _agencies(snapshot: Snapshot, people: Iterable[Officer]) -> dict[str, str]:
    """Return id → name of the agencies at which these people work."""
    register = snapshot.ask_maybe(AgencyRegister)
    ids = sorted({each.agency_id for each in people if each.agency_id is not None})
    if register is None:
        return {str(each): str(each) for each in ids}
    found = {each: await register.in_force(each, snapshot.today) for each in ids}
    return {str(each): str(each) if one is None else one.name for each, one in found.items()}


def _roles(request: Asking) -> list[str]:
    return sorted(ROLES.union(*(scope.roles for scope in authority_of(request).scopes)))


def _chosen(form: Form, roles: Iterable[str]) -> list[str]:
    return [role for role in roles if form.text(f"role-{role}")]


def _read(said: dict[str, Any], kind: Any) -> Any:
    try:
        given = {"kind": kind.__struct_config__.tag, **said}
        return msgspec.convert({name: v for name, v in given.items() if v is not None}, kind)
    except msgspec.ValidationError as error:
        raise BadRequest(errors=[Fault(pointer="", code="inconsistent")]) from error
