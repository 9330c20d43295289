"""Administrators' pages for partners' programs: what each may do, and a form that proposes it."""

from collections.abc import Iterable
from typing import Annotated, Any, Final

import msgspec
from litestar import Response, get, post
from litestar.params import QueryParameter

from backend.identity.admin import repository
from backend.identity.admin.fitting import require_fit
from backend.identity.admin.handlers import AS, Asking, Cursor
from backend.identity.admin.model import ClientDraft, PartnerProgram
from backend.identity.admin.outsiders import ClientId
from backend.identity.admin.proposing import propose
from backend.identity.admin.roles import label
from backend.identity.handlers import authority_of
from backend.identity.scopes import ADMINISTER, OVERSEE
from backend.kernel import (
    BadRequest,
    DomainError,
    Form,
    Injected,
    Nav,
    NotFound,
    Scope,
    Snapshot,
    Transaction,
    requires,
    t,
)
from backend.kernel.pages import work_page
from contracts.problem import Fault

_AT_ONCE: Final = 100
_PARTNERS: Final = "/console/identity/partners"
_TEXTS: Final = ("client_id", "name", "jwks", "agreement", "rate_per_minute")

NAV: Final = Nav(name="partners", path=_PARTNERS, scope=OVERSEE, icon="code")


@get("/partners", guards=[requires(OVERSEE)], opt=AS)
async def show_partners(
    request: Asking,
    snapshot: Injected[Snapshot],
    cursor: Cursor = None,
    change: Annotated[str, QueryParameter(pattern="^[a-z0-9._-]{0,64}$")] = "",
    done: Annotated[str, QueryParameter(pattern="^(disabled)?$")] = "",
) -> Response[str]:
    """Show partners' programs, and the form of a new one or of the one that shall change."""
    return await _page(request, snapshot, cursor=cursor, change=change, done=done)


@post("/partners", guards=[requires(ADMINISTER)], opt=AS, status_code=303)
async def propose_partner(
    request: Asking, form: Injected[Form], tx: Injected[Transaction]
) -> Response[Any]:
    """Propose a program, or all that one shall be from now on; another administrator decides."""
    written = {name: form.text(name).strip() for name in _TEXTS}
    offered = list(_offered(authority_of(request).scopes))
    scopes = [scope.name for scope in offered if form.text(f"scope-{scope.name}")]
    purposes = [each for each in _purposes(offered) if form.text(f"purpose-{each}")]
    try:
        draft = _draft(written, scopes, purposes)
        await require_fit(tx, authority_of(request).scopes, draft)
        await propose(tx, draft)
    except DomainError as refused:
        said = {**written, "scopes": scopes, "purposes": purposes}
        return await _page(request, tx, written=said, refused=refused)
    return Response(
        None, status_code=303, headers={"Location": "/console/identity/proposals?state=open"}
    )


@post("/partners/{client_id:str}/disable", guards=[requires(ADMINISTER)], opt=AS, status_code=303)
async def disable_partner(client_id: ClientId, tx: Injected[Transaction]) -> Response[Any]:
    """Shut a program out at its next request."""
    if not await tx.run(repository.DISABLE_PROGRAM, client_id, tx.now):
        raise NotFound
    return Response(None, status_code=303, headers={"Location": f"{_PARTNERS}?done=disabled"})


PAGES: Final = (show_partners, propose_partner, disable_partner)


def _offered(scopes: Iterable[Scope]) -> Iterable[Scope]:
    """Return what a partner's program can be given."""
    return sorted((s for s in scopes if "partner" in s.kinds), key=lambda scope: scope.name)


def _purposes(scopes: Iterable[Scope]) -> list[str]:
    return sorted({purpose for scope in scopes for purpose in scope.purposes})


def _draft(written: dict[str, str], scopes: list[str], purposes: list[str]) -> ClientDraft:
    """Return what the form says, as its twin takes it. Raises `BadRequest`."""
    given = {name: text for name, text in written.items() if text}
    try:
        jwks = msgspec.json.decode(given.pop("jwks", "").encode())
        keys = jwks if isinstance(jwks, dict) and "keys" in jwks else {"keys": [jwks]}
        told: dict[str, Any] = {**given, "jwks": keys, "scopes": scopes, "purposes": purposes}
        if "rate_per_minute" in told:
            told["rate_per_minute"] = int(told["rate_per_minute"])
        return msgspec.convert({"kind": "client", **told}, ClientDraft)
    except (msgspec.MsgspecError, ValueError, RecursionError) as error:
        raise BadRequest(errors=[Fault(pointer="/jwks", code="format")]) from error


async def _page(
    request: Asking,
    snapshot: Snapshot,
    *,
    cursor: str | None = None,
    change: str = "",
    written: dict[str, Any] | None = None,
    refused: DomainError | None = None,
    done: str = "",
) -> Response[str]:
    found = await snapshot.page(repository.PROGRAMS, cursor, _AT_ONCE)
    offered = list(_offered(authority_of(request).scopes))
    known = next((each for each in found.items if each.id == change), None)
    return work_page(
        "identity/partners.html",
        snapshot.principal,
        status=200 if refused is None else refused.status,
        programs=found.items,
        scopes={scope.name: label(scope) for scope in offered},
        purposes=_purposes(offered),
        written=written or _written(known),
        is_change=known is not None,
        refused="" if refused is None else _why(refused),
        done=done,
        older=f"?cursor={found.next_cursor}" if found.next_cursor else "",
    )


def _written(known: PartnerProgram | None) -> dict[str, Any]:
    """Return what stands in the form at first; keys are pasted anew, for only their names show."""
    if known is None:
        return {**dict.fromkeys(_TEXTS, ""), "scopes": (), "purposes": ()}
    return {
        "client_id": known.id,
        "name": known.name,
        "jwks": "",
        "agreement": known.agreement or "",
        "rate_per_minute": str(known.rate_per_minute or ""),
        "scopes": known.scopes,
        "purposes": known.purposes,
    }


def _why(refused: DomainError) -> str:
    return t(f"{refused.slug.partition('/')[0]}.problems.{refused.slug}")
