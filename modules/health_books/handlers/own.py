"""What is one's own: entries that nobody has signed, and cards to show elsewhere."""

from typing import Annotated, Final
from uuid import UUID

import msgspec
from litestar import Response, delete, get, post
from litestar.params import FromPath, JSONBody, QueryParameter

from backend.kernel import (
    Anyone,
    Forbidden,
    Injected,
    NotFound,
    Snapshot,
    Transaction,
    refuses,
    requires,
)
from contracts.page import Page
from modules.health_books.errors import TooManyEntries
from modules.health_books.model.cards import CardKeys
from modules.health_books.scopes import READ
from modules.health_books.service import cards, own
from modules.health_books.service.own import Entered, OwnEntry

_CARD: Final = "application/smart-health-card"


@post("/me/entries", guards=[requires(READ)], responses=refuses(TooManyEntries))
async def enter_own(data: JSONBody[OwnEntry], tx: Injected[Transaction]) -> Entered:
    """Write something into your own book. No facility signs it, and nobody but you reads it."""
    return await own.enter(tx, _self(tx), data)


@get("/me/entries", guards=[requires(READ)])
async def list_own(
    snapshot: Injected[Snapshot],
    cursor: Annotated[str | None, QueryParameter(max_length=400)] = None,
    limit: Annotated[int, QueryParameter(ge=1, le=100)] = 20,
) -> Page[Entered]:
    """List what you have written into your book yourself."""
    return await own.mine(snapshot, _self(snapshot), cursor, limit)


@delete("/me/entries/{entry_id:uuid}", guards=[requires(READ)], responses=refuses(NotFound))
async def erase_own(entry_id: FromPath[UUID], tx: Injected[Transaction]) -> None:
    """Erase what you have written into your book yourself, for good."""
    await own.erase(tx, _self(tx), entry_id)


@get("/me/shc", guards=[requires(READ)], responses=refuses(NotFound), media_type=_CARD)
async def take_cards(tx: Injected[Transaction]) -> Response[bytes]:
    """Take your immunisations along as SMART Health Cards, each also as its QR code says it.

    Nothing sensitive is in them, nor what you have written yourself.
    """
    made = msgspec.json.encode(await cards.mine(tx, _self(tx)))
    return Response(made, media_type=_CARD, headers={"Cache-Control": "private, no-store"})


@get("/cards/.well-known/jwks.json", guards=[Anyone()])
async def read_card_keys(snapshot: Injected[Snapshot]) -> CardKeys:
    """Read the keys with which health cards are signed, where readers of cards look."""
    return await cards.published(snapshot)


def _self(snapshot: Snapshot) -> UUID:
    if snapshot.principal.person_id is None:
        raise Forbidden
    return snapshot.principal.person_id


ROUTES = (enter_own, list_own, erase_own, take_cards, read_card_keys)
