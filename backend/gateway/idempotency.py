"""A request sent twice is done once: the key, what it belongs to, and the answer that was kept.

The claim is a row of the request's own transaction, so a twin waits on the unique index until the
first has committed, and a first that failed leaves nothing behind. Refusals are not kept.
"""

from hashlib import sha256
from typing import Any, Final

import msgspec

from backend.kernel import BadRequest, DomainError, Principal
from backend.kernel.database import Connection
from contracts.problem import Fault

_CLAIM: Final = """
insert into kernel.idempotency (caller, key, fingerprint, created_at)
values ($1, $2, $3, $4) on conflict do nothing returning true
"""
_FIND: Final = "select fingerprint, answer from kernel.idempotency where caller = $1 and key = $2"
_KEEP: Final = "update kernel.idempotency set answer = $3 where caller = $1 and key = $2"
_KEY_MAX: Final = 255


class KeyReused(DomainError):
    """The Idempotency-Key came before with another request."""

    slug = "kernel/idempotency-key-reused"
    status = 422


class Answer(msgspec.Struct, frozen=True, array_like=True):
    """What was answered, to be answered again byte by byte."""

    status: int
    headers: list[tuple[bytes, bytes]]
    body: bytes


class Replay(Exception):
    """The request has been done before: here is its answer."""

    def __init__(self, answer: Answer) -> None:
        super().__init__(answer.status)
        self.answer = answer


class Claim(msgspec.Struct, kw_only=True):
    """One caller's wish that this request happen once."""

    key: str
    fingerprint: bytes
    caller: str = ""

    async def stake(self, connection: Connection, principal: Principal, now: object) -> None:
        """Claim the key for this transaction; raise `Replay` or `KeyReused` if it is taken."""
        if not (0 < len(self.key) <= _KEY_MAX and self.key.isascii() and self.key.isprintable()):
            raise BadRequest(
                errors=[Fault(parameter="Idempotency-Key", code="format", limit=_KEY_MAX)]
            )
        self.caller = _caller(principal)
        if await connection.fetchval(_CLAIM, self.caller, self.key, self.fingerprint, now):
            return
        kept: Any = await connection.fetchrow(_FIND, self.caller, self.key)
        if kept["fingerprint"] != self.fingerprint:
            raise KeyReused
        raise Replay(msgspec.msgpack.decode(kept["answer"], type=Answer))

    async def keep(self, connection: Connection, answer: Answer) -> None:
        """Keep the answer under the key, in the same transaction as what it answers."""
        await connection.execute(_KEEP, self.caller, self.key, msgspec.msgpack.encode(answer))


def _caller(principal: Principal) -> str:
    who = principal.person_id or principal.staff_id or principal.client_id
    return f"{principal.kind}:{who}" if who else principal.kind


def fingerprint(scope: Any, body: bytes) -> bytes:
    """Digest what was asked. A multipart boundary is chosen anew at each try and left out."""
    digest = sha256(f"{scope['method']} {scope['path']}\n".encode())
    content_type: bytes = scope["exchange"].headers.get(b"content-type", b"")
    _, found, boundary = content_type.partition(b"boundary=")
    if found:
        body = body.replace(boundary.strip(b'"'), b"")
    digest.update(body)
    return digest.digest()
