"""What facilities' own systems send, and which facilities may."""

from typing import Annotated, TypeAlias

from litestar import delete, get, post, put
from litestar.params import FromPath, JSONBody, PathParameter, QueryParameter

from backend.kernel import Injected, NotFound, Snapshot, Transaction, refuses, requires
from contracts.page import Page
from modules.health_books.errors import (
    KeyRefused,
    MessageRefused,
    MessageReused,
    SignatureInvalid,
)
from modules.health_books.model.envelope import MSG_ID, SENDER_ID, Envelope
from modules.health_books.scopes import IMPORT, SENDERS
from modules.health_books.service import importing, senders
from modules.health_books.service.importing import Outcome, Taken
from modules.health_books.service.senders import Sender, ToRegister

SenderId: TypeAlias = Annotated[
    str, PathParameter(pattern=SENDER_ID, description="The facility's number, such as `38010`.")
]


@post(
    "/imports",
    guards=[requires(IMPORT)],
    responses=refuses(MessageRefused, MessageReused, SignatureInvalid),
    status_code=202,
)
async def import_message(data: JSONBody[Envelope], tx: Injected[Transaction]) -> Taken:
    """Send a visit from a facility's own system, in the envelope of QĐ 1551, signed RS256.

    It is kept at once and filed in a moment: the doctor whom it names is then asked to sign. The
    same message again is answered the same; another under its number is refused.
    """
    return await importing.receive(tx, data)


@get(
    "/imports/{sender_id:str}/{msg_id:str}",
    guards=[requires(IMPORT)],
    responses=refuses(NotFound),
)
async def read_message(
    sender_id: FromPath[SenderId],
    msg_id: Annotated[str, PathParameter(pattern=MSG_ID)],
    snapshot: Injected[Snapshot],
) -> Outcome:
    """Read what came of a message of yours. It says nothing of what the message said."""
    return await importing.outcome(snapshot, sender_id, msg_id)


@put("/senders/{sender_id:str}", guards=[requires(SENDERS)], responses=refuses(KeyRefused))
async def register_sender(
    sender_id: FromPath[SenderId], data: JSONBody[ToRegister], tx: Injected[Transaction]
) -> Sender:
    """Let a facility's own system send, or give it another key.

    Who sends does not sign: nothing stands in a book before the doctor has signed it here.
    """
    return await senders.register(tx, sender_id, data)


@get("/senders", guards=[requires(SENDERS)])
async def list_senders(
    snapshot: Injected[Snapshot],
    cursor: Annotated[str | None, QueryParameter(max_length=400)] = None,
    limit: Annotated[int, QueryParameter(ge=1, le=100)] = 20,
) -> Page[Sender]:
    """List the facilities whose own systems may send."""
    return await senders.registered(snapshot, cursor, limit)


@delete("/senders/{sender_id:str}", guards=[requires(SENDERS)], responses=refuses(NotFound))
async def remove_sender(sender_id: FromPath[SenderId], tx: Injected[Transaction]) -> None:
    """Let a facility's own system send no more."""
    await senders.strike_off(tx, sender_id)


ROUTES = (import_message, read_message, register_sender, list_senders, remove_sender)
