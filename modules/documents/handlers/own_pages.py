"""A party's own documents in a browser: the files, who looked, and what is shared with whom."""

from typing import Annotated, Any, Final
from uuid import UUID

import msgspec
from litestar import Response, get, post
from litestar.params import FromPath, QueryParameter
from msgspec import Meta

from backend.kernel import (
    BadRequest,
    Form,
    Injected,
    Line,
    Nav,
    NotFound,
    Snapshot,
    Transaction,
    requires,
)
from backend.kernel.pages import account_page
from contracts.problem import Fault
from modules.documents.model.sharing import Pin, Shared, ShareOrder
from modules.documents.scopes import READ, SHARE
from modules.documents.service import (
    credentials,
    external,
    holding,
    kinds,
    looks,
    reading,
    sharing,
)

_HOME: Final = "/account/documents/papers"
_AT_ONCE: Final = 50
_FIELD: Final = "field."
_IAL: Final = 2
_PRIVATE: Final = "private, no-store"

OWN_NAV: Final = Nav(name="own", path=_HOME, scope=READ, icon="seal")


class Terms(msgspec.Struct, frozen=True, kw_only=True):
    """What a form says of a share beside the facts that were ticked."""

    recipient: Line
    purpose: Line
    hours: Annotated[int, Meta(ge=1, le=720)] = 168
    pin: Pin | None = None


@get("/papers", guards=[requires(READ)])
async def show_own_papers(
    snapshot: Injected[Snapshot],
    cursor: Annotated[str | None, QueryParameter(max_length=400)] = None,
) -> Response[str]:
    """List the documents of which one is a party, the newest first."""
    found = await reading.listed(snapshot, cursor, _AT_ONCE)
    return account_page(
        "documents/own_papers.html",
        snapshot.principal,
        papers=found.items,
        names=kinds.Names(snapshot),
        older=f"{_HOME}?cursor={found.next_cursor}" if found.next_cursor else "",
    )


@get("/papers/{document_id:uuid}", guards=[requires(READ)])
async def show_own_paper(document_id: FromPath[UUID], tx: Injected[Transaction]) -> Response[str]:
    """Show where a document stands, its files, who looked at it, and what one shares of it."""
    return await _page(tx, document_id)


@get("/papers/{document_id:uuid}/files/{name:str}", guards=[requires(READ)])
async def fetch_own_paper(
    document_id: FromPath[UUID], name: FromPath[str], tx: Injected[Transaction]
) -> Response[bytes]:
    """Fetch the signed PDF, the bundle, or both in one file that verifies without a network."""
    if name == "original.pdf":
        content, kind = await reading.original(tx, document_id), "application/pdf"
    elif name == "bundle.json":
        content, kind = await reading.bundled(tx, document_id), "application/jose+json"
    elif name == "package.zip":
        content, kind = await reading.packaged(tx, document_id), "application/zip"
    else:
        raise NotFound
    await looks.note(tx, document_id, name.partition(".")[0])
    headers = {
        "Cache-Control": _PRIVATE,
        "Content-Disposition": f'attachment; filename="{document_id}-{name}"',
    }
    return Response(content, media_type=kind, headers=headers)


@post("/papers/{document_id:uuid}/shares", guards=[requires(SHARE)], status_code=200)
async def share_own_paper(
    document_id: FromPath[UUID], form: Injected[Form], tx: Injected[Transaction]
) -> Response[str]:
    """Let somebody see what was ticked; the address is shown this once."""
    await holding.held(tx, document_id)
    terms = form.read(Terms)
    found = await credentials.facts(tx, document_id)
    ticked = tuple(name for name in found.claims if form.text(f"{_FIELD}{name}"))
    if not ticked:
        raise BadRequest(errors=[Fault(pointer="/fields", code="required")])
    order = ShareOrder(fields=ticked, **msgspec.structs.asdict(terms))
    return await _page(tx, document_id, shared=await sharing.share(tx, document_id, order))


@post(
    "/papers/{document_id:uuid}/shared/{share_id:uuid}/{step:str}",
    guards=[requires(SHARE)],
    status_code=303,
)
async def step_share(
    document_id: FromPath[UUID],
    share_id: FromPath[UUID],
    step: FromPath[str],
    tx: Injected[Transaction],
) -> Response[Any]:
    """Withdraw a share, or agree to one that waits for oneself."""
    if step == "withdrawal":
        await sharing.withdraw(tx, share_id)
    elif step == "agreement":
        await sharing.agree(tx, share_id)
    else:
        raise NotFound
    return Response(None, status_code=303, headers={"Location": f"{_HOME}/{document_id}"})


async def _page(
    tx: Transaction, document_id: UUID, *, shared: Shared | None = None
) -> Response[str]:
    standing = await reading.standing(tx, document_id)
    await looks.note(tx, document_id, "standing")
    is_holder = await _holds(tx, document_id)
    ids, notice = await external.of_document(tx, document_id, standing.kind)
    may_share = is_holder and tx.principal.ial >= _IAL
    return account_page(
        "documents/own_paper.html",
        tx.principal,
        standing=standing,
        names=kinds.Names(tx),
        looks=(await looks.told(tx, document_id, None, _AT_ONCE)).items if is_holder else None,
        shares=(await sharing.listed(tx, document_id, None, _AT_ONCE)).items if may_share else (),
        facts=await _facts(tx, document_id) if may_share else (),
        shared=shared,
        ids=ids,
        notice=notice,
        now=tx.now,
    )


async def _holds(tx: Transaction, document_id: UUID) -> bool:
    try:
        await holding.held(tx, document_id)
    except NotFound:
        return False
    return True


async def _facts(tx: Transaction, document_id: UUID) -> tuple[str, ...]:
    """Return what may be shared by its name; nothing before the document is issued."""
    try:
        return tuple((await credentials.facts(tx, document_id)).claims)
    except NotFound:
        return ()


OWN_PAGES: Final = (
    show_own_papers,
    show_own_paper,
    fetch_own_paper,
    share_own_paper,
    step_share,
)
