"""Where a page ends, as a token that the caller can hand back but not forge."""

import hmac
from base64 import urlsafe_b64decode, urlsafe_b64encode
from binascii import Error as NotBase64
from collections.abc import Sequence
from hashlib import sha256
from typing import Any, Final

import msgspec

from backend.kernel.errors import BadRequest
from contracts.problem import Fault

_MAC_BYTES: Final = 16


def seal(secret: bytes, asked: bytes, position: Sequence[object]) -> str:
    """Return the token for `position`, the sort key of the last row that was shown.

    `asked` is a digest of the query and its filters: a cursor is good for those alone.
    """
    body = msgspec.msgpack.encode(list(position))
    return urlsafe_b64encode(_mac(secret, asked, body) + body).rstrip(b"=").decode()


def unseal(secrets: Sequence[bytes], asked: bytes, cursor: str, types: Any) -> tuple[Any, ...]:
    """Return the position in `cursor`. Raises `BadRequest` for one of another list or filter."""
    try:
        token = urlsafe_b64decode(cursor + "=" * (-len(cursor) % 4))
        mac, body = token[:_MAC_BYTES], token[_MAC_BYTES:]
        if not any(hmac.compare_digest(mac, _mac(each, asked, body)) for each in secrets):
            raise _refusal()
        return msgspec.msgpack.decode(body, type=types)
    except (NotBase64, ValueError, msgspec.DecodeError) as error:
        raise _refusal() from error


def _mac(secret: bytes, asked: bytes, body: bytes) -> bytes:
    return hmac.digest(secret, b"cursor\0" + asked + body, sha256)[:_MAC_BYTES]


def _refusal() -> BadRequest:
    return BadRequest(errors=[Fault(parameter="cursor", code="inconsistent")])
