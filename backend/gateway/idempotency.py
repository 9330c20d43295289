"""A request sent twice is done once: the key, what it belongs to, and the answer that was kept.

The claim is a row of the request's own transaction, so a twin waits on the unique index until the
first has committed, and a first that failed leaves nothing behind. Refusals are not kept.

The answer may hold what is sealed everywhere else, so it is sealed with what only its sender knows:
neither the row nor a backup of it tells what was answered.
"""

from datetime import datetime
from hashlib import sha256
from typing import Any, Final, NoReturn

import asyncpg
import msgspec
from cryptography.hazmat.primitives.ciphers.aead import AESGCMSIV

from backend.kernel import BadRequest, DomainError, Principal
from backend.kernel.database import Connection
from contracts.problem import Fault

_KEPT: Final = "select fingerprint, answer from kernel.idempotency where digest = $1"
_TAKEN: Final = "idempotency_pkey"
_KEY_MAX: Final = 255
_NONCE: Final = bytes(12)


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
    fingerprint: bytes
    digest: bytes = b""
    secret: bytes = b""

    def stake(self, principal: Principal, now: datetime) -> str:
        """Return the statement that claims the key for this transaction.

        It waits for a twin's transaction to end, and fails with an error that `is_taken` knows
        when that one was kept. Raises `BadRequest` for a key that is none.
        """
        if not (0 < len(self.key) <= _KEY_MAX and self.key.isascii() and self.key.isprintable()):
            raise BadRequest(
                errors=[Fault(parameter="Idempotency-Key", code="format", limit=_KEY_MAX)]
            )
        sender = f"{_caller(principal)}\n{self.key}"
        self.digest = sha256(sender.encode()).digest()
        self.secret = sha256(f"answer\n{sender}".encode()).digest()
        return (
            "insert into kernel.idempotency (digest, fingerprint, created_at)"
            f" values ({_literal(self.digest)}, {_literal(self.fingerprint)}, '{now.isoformat()}')"
        )

    def keep(self, answer: Answer) -> str:
        """Return the statement that keeps the answer, in the transaction of what it answers."""
        # One answer for each key, so its nonce need not differ.
        raw = AESGCMSIV(self.secret).encrypt(_NONCE, msgspec.msgpack.encode(answer), self.digest)
        kept = _literal(raw)
        return (
            f"update kernel.idempotency set answer = {kept} where digest = {_literal(self.digest)}"
        )

    async def replay(self, connection: Connection) -> NoReturn:
        """Raise `Replay` with the answer that was kept, or `KeyReused` if it was to another."""
        kept: Any = await connection.fetchrow(_KEPT, self.digest)
        if kept["fingerprint"] != self.fingerprint:
            raise KeyReused
        raw = AESGCMSIV(self.secret).decrypt(_NONCE, bytes(kept["answer"]), self.digest)
        raise Replay(msgspec.msgpack.decode(raw, type=Answer))


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
