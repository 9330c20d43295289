"""`POST /hooks/sms/{provider}`: a provider says what became of a message (Standard Webhooks)."""

import asyncio
import hmac
from base64 import b64decode, b64encode
from binascii import Error
from collections.abc import Iterable
from datetime import datetime, timedelta
from hashlib import sha256
from pathlib import Path
from typing import Annotated, Any, Final, Literal

import msgspec
from litestar import Request, post
from litestar.params import FromPath
from msgspec import Meta

from backend.identity.errors import ReceiptForged, ReceiptUsed
from backend.identity.handlers import authority_of
from backend.identity.login import repository
from backend.identity.oauth import repository as oauth
from backend.kernel import Anyone, BadRequest, refuses

LEEWAY: Final = timedelta(minutes=5)
_PREFIX: Final = "whsec_"
_DIGITS_MAX: Final = 12


class Receipt(msgspec.Struct, frozen=True, kw_only=True):
    """What became of the message that the provider calls `ref`."""

    ref: Annotated[str, Meta(min_length=1, max_length=200)]
    state: Literal["delivered", "undelivered"]


@post(
    "/hooks/sms/{provider:str}",
    include_in_schema=False,
    guards=[Anyone()],
    status_code=204,
    responses=refuses(ReceiptForged, ReceiptUsed),
)
async def take_receipt(request: Request[Any, Any, Any], provider: FromPath[str]) -> None:
    """Note what became of a message. One that was signed by nobody, or comes again, is refused."""
    authority, body = authority_of(request), await request.body()
    named, sent = (request.headers.get(f"webhook-{part}", "") for part in ("id", "timestamp"))
    given = request.headers.get("webhook-signature", "")
    known = authority.gateways.get(provider)
    secrets: list[str] = []
    if known is not None and known.receipts:
        secrets = (await asyncio.to_thread(Path(known.receipts).read_text)).split()
    async with authority.transaction() as tx:
        if not named or not _is_signed(secrets, named, sent, given, body, tx.now):
            raise ReceiptForged
        try:
            receipt = msgspec.json.decode(body, type=Receipt)
        except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError) as error:
            raise BadRequest from error
        once = sha256(f"{provider}\n{named}".encode()).digest()
        if not await tx.run(oauth.NOTE_ONCE, "receipt", once, tx.now + 3 * LEEWAY):
            raise ReceiptUsed
        statement = repository.DELIVERED if receipt.state == "delivered" else repository.UNDELIVERED
        await tx.run(statement, provider, receipt.ref, tx.now)


def signature(secret: str, named: str, sent: str, body: bytes) -> str:
    """Return `v1,…`: HMAC-SHA-256 over id, time and body. Raises ValueError for no secret."""
    try:
        key = b64decode(secret.removeprefix(_PREFIX), validate=True)
    except Error as error:
        raise ValueError("a secret is whsec_ and base64") from error
    signed = f"{named}.{sent}.".encode() + body
    return f"v1,{b64encode(hmac.digest(key, signed, sha256)).decode()}"


def _is_signed(
    secrets: Iterable[str], named: str, sent: str, given: str, body: bytes, now: datetime
) -> bool:
    if not (sent.isascii() and sent.isdigit() and len(sent) <= _DIGITS_MAX):
        return False
    if abs(now.timestamp() - int(sent)) > LEEWAY.total_seconds():
        return False
    expected = [signature(secret, named, sent, body).encode() for secret in secrets]
    return any(
        hmac.compare_digest(one.encode(), other) for one in given.split() for other in expected
    )
