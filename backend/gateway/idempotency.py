"""A request sent twice is done once: the key, what it belongs to, and the answer that was kept.

The claim is a row of the request's own transaction, so a twin waits on the unique index until the
first has committed, and a first that failed leaves nothing behind. Refusals are not kept.

An answer may hold what nobody else may read, long after its thing was changed or erased. So it is
kept sealed, with a key made of the caller's Idempotency-Key, which is written nowhere: it opens for
whoever sends the same request again, and for nobody who has the database.
"""

import hmac
from collections.abc import Sequence
from datetime import datetime
from hashlib import sha256
from typing import Any, Final, NoReturn

import asyncpg
import msgspec

from backend.kernel import BadRequest, DomainError, Principal
from backend.kernel.database import Connection
from backend.kms import sealed, unsealed
from contracts.problem import Fault

_KEPT: Final = "select fingerprint, answer from kernel.idempotency where digest = $1"
_TAKEN: Final = "idempotency_pkey"
_KEY_MAX: Final = 255
_ABOUT: Final = "a kept answer"


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
    """One caller's wish that this request happen once.

    Its statements travel with others in one round trip, so they have no parameters: they hold
    hexadecimal digits and a moment of our own clock, and nothing that a caller wrote.
    """

    key: str
    request: bytes
    """SHA-256 of what was asked, which must not change under its key."""
    secrets: Sequence[bytes]
    """The house's own, so that a short key cannot be guessed by whoever has the database alone: the
    one in use, then those with which an answer may have been kept."""
    device: bytes = b""
    """What a device without an account is known by: two such callers may choose the same key."""
    digest: bytes = b""
    seals: Sequence[bytes] = ()

    def stake(self, principal: Principal, now: datetime) -> str:
        """Return the statement that claims the key for this transaction.

        It waits for a twin's transaction to end, and fails with an error that `is_taken` knows
        when that one was kept. Raises `BadRequest` for a key that is none.
        """
        if not (0 < len(self.key) <= _KEY_MAX and self.key.isascii() and self.key.isprintable()):
            raise BadRequest(
                errors=[Fault(parameter="Idempotency-Key", code="format", limit=_KEY_MAX)]
            )
        whose = f"{_caller(principal)}\n{self.key}".encode()
        if principal.kind == "anyone" and self.device:
            whose += b"\n" + self.device
        self.digest = sha256(whose).digest()
        about = b"idempotency: " + whose
        self.seals = [hmac.digest(secret, about, "sha256") for secret in self.secrets]
        asked = _print(self.seals[0], self.request)
        return (
            "insert into kernel.idempotency (digest, fingerprint, created_at)"
            f" values ({_literal(self.digest)}, {_literal(asked)}, '{now.isoformat()}')"
        )

    def keep(self, answer: Answer) -> str:
        """Return the statement that keeps the answer, in the transaction of what it answers."""
        kept = _literal(sealed(self.seals[0], msgspec.msgpack.encode(answer), about=_ABOUT))
        return (
            f"update kernel.idempotency set answer = {kept} where digest = {_literal(self.digest)}"
        )

    async def replay(self, connection: Connection) -> NoReturn:
        """Raise `Replay` with the answer that was kept, or `KeyReused` if it was to another."""
        kept: Any = await connection.fetchrow(_KEPT, self.digest)
        for seal in self.seals:
            if kept["fingerprint"] == _print(seal, self.request):
                answer = unsealed(seal, kept["answer"], about=_ABOUT)
                raise Replay(msgspec.msgpack.decode(answer, type=Answer))
        raise KeyReused


def _print(seal: bytes, request: bytes) -> bytes:
    """Return what tells the request from another, and nobody what was asked."""
    return hmac.digest(seal, request, "sha256")


def is_taken(error: asyncpg.UniqueViolationError) -> bool:
    """Tell whether this says that a key was claimed before."""
    return getattr(error, "constraint_name", None) == _TAKEN


def _literal(raw: bytes) -> str:
    return f"'\\x{raw.hex()}'"


def _caller(principal: Principal) -> str:
    who = principal.person_id or principal.staff_id or principal.client_id
    return f"{principal.kind}:{who}" if who else principal.kind


def fingerprint(scope: Any, body: bytes) -> bytes:
    """Digest what was asked. A multipart boundary is chosen anew at each try and left out."""
    digest = sha256(f"{scope['method']} {scope['path']}?".encode())
    digest.update(scope["query_string"] + b"\n")
    content_type: bytes = scope["exchange"].headers.get(b"content-type", b"")
    _, found, boundary = content_type.partition(b"boundary=")
    if found:
        body = body.replace(boundary.strip(b'"'), b"")
    digest.update(body)
    return digest.digest()
