"""The first statement of a request's transaction: may this caller come in, and who is it now?

What a token says is believed for its five minutes; whether the session lives, what an officer may
do and whom a person represents are asked of the database every time.
"""

from collections.abc import Mapping
from datetime import datetime
from typing import Any, ClassVar, Final, TypeAlias

import asyncpg
import msgspec

from backend.identity.errors import (
    CredentialRefused,
    ForeignForm,
    ProofUsed,
    PurposeNotAgreed,
    SessionEnded,
)
from backend.kernel import NOBODY, DomainError, Principal
from backend.kernel.database import Connection
from backend.kernel.pool import END

COOKIE: Final = "__Host-console"
WEB: Final = "tinhs-web"
"""The client id of our own pages, in which citizens look after their account."""
AS_SIGN_IN: Final = "as the sign-in role"
"""Option of identity's own routes that read or change its tables: `opt={AS_SIGN_IN: True}`.

Such a request is let in like any other and its transaction is one, but the connection is the
sign-in role's: requests in general have no rights to a table of identity.
"""
ACCOUNT_COOKIE: Final = "__Host-account"


def forgotten(cookie: str) -> str:
    """Return the header that takes a cookie of ours away from a browser."""
    return f"{cookie}=; Path=/; Secure; HttpOnly; SameSite=Strict; Max-Age=0"


class SignedRequest(msgspec.Struct, frozen=True, kw_only=True):
    """An access token that we signed, and a proof by the key that it is bound to."""

    principal: Principal
    issued_at: datetime
    proof: bytes | None
    """Hash of the proof; None for methods that change nothing."""
    is_opaque: ClassVar[bool] = False


class ConsoleCookie(msgspec.Struct, frozen=True, kw_only=True):
    """An officer's cookie; only the database knows whose."""

    cookie: bytes
    """SHA-256 of its value."""
    form: bytes | None
    """SHA-256 of the form's token; None for methods that change nothing."""
    principal: ClassVar[Principal] = NOBODY
    is_opaque: ClassVar[bool] = True


class AccountCookie(msgspec.Struct, frozen=True, kw_only=True):
    """A citizen's cookie, whose form, if there is one, was found to be ours."""

    cookie: str
    """What stands for it in the table, as `cookie_key` makes it."""
    principal: ClassVar[Principal] = NOBODY
    is_opaque: ClassVar[bool] = True


Credential: TypeAlias = SignedRequest | ConsoleCookie | AccountCookie

_COOKIES: Final[Mapping[type, str]] = {ConsoleCookie: COOKIE, AccountCookie: ACCOUNT_COOKIE}
_REFUSALS: Final[Mapping[str, type[CredentialRefused]]] = {
    "TH401": SessionEnded,
    "TH409": ProofUsed,
}

_ENTER_CONSOLE: Final = """
select staff_id, step_up_at, roles, agency_id, agencies, areas
  from identity.enter_console($1, $2, $3, $4)
"""
_ENTER_ACCOUNT: Final = """
select session_id, person_id, scope, ial, acr, auth_time, subjects
  from identity.enter_account($1, $2, $3)
"""
_ENTER_CLIENT: Final = "select identity.enter_client($1, $2, $3, $4, $5, $6)"
_WARDS: Final = "select unnest((tinhs.subjects())[2:])"
_READ: Final = "begin isolation level repeatable read, read only"
_END_AND_READ: Final = "commit and chain"  # one statement less for the same kind of transaction
_NO_ROWS: Final = "SELECT 0"


async def enter(
    connection: Connection,
    credential: Credential | None,
    *,
    writes: bool,
    now: datetime,
    first: str = "",
) -> Principal:
    """Begin a transaction for this caller and return who it is.

    A transaction that `writes` is read committed; any other is one repeatable picture and refuses
    writes. `first` is a statement to be sent along, right after the begin; a reading transaction
    that is still open on the connection is ended along with it. Raises `SessionEnded`, `ProofUsed`,
    `ForeignForm` or `PurposeNotAgreed`, or what is wrong with `first`, and then the transaction has
    failed: roll it back.
    """
    begin = _begin(credential, writes=writes)
    if connection.is_in_transaction():  # as a reader left it
        begin = _END_AND_READ if begin == _READ else END + begin
    if first:
        begin = f"{begin}; {first}"
    try:
        if credential is None:
            await connection.execute(begin)
            return NOBODY
        if isinstance(credential, ConsoleCookie):
            return await _enter_console(connection, credential, begin, writes=writes, now=now)
        if isinstance(credential, AccountCookie):
            return await _enter_account(connection, credential, begin, writes=writes, now=now)
        if credential.principal.kind == "partner":
            return await _enter_client(connection, credential, begin, writes=writes, now=now)
        return await _enter_session(connection, credential, begin, writes=writes, now=now)
    except asyncpg.PostgresError as error:
        raise _refusal(error, credential) from error


def used_up(credential: Credential | None, now: datetime) -> str:
    """Return the statement that notes the proof of a refused request; nothing where none counts."""
    if not isinstance(credential, SignedRequest) or credential.proof is None:
        return ""
    return f"select identity.spend_proof({_literal(credential.proof)}, '{now.isoformat()}')"


def _begin(credential: Credential | None, *, writes: bool) -> str:
    """Return how to begin; to note that a proof was used, even a reader first has to write."""
    if writes:
        return "begin"
    if credential is None or (isinstance(credential, SignedRequest) and credential.proof is None):
        return _READ
    return "begin isolation level repeatable read"


def _refusal(
    error: asyncpg.PostgresError, credential: Credential | None
) -> DomainError | asyncpg.PostgresError:
    state: Any = getattr(error, "sqlstate", None)
    if state == "TH403":
        return ForeignForm() if isinstance(credential, ConsoleCookie) else PurposeNotAgreed()
    refusal = _REFUSALS.get(state)
    if refusal is None:
        return error
    cookie = _COOKIES.get(type(credential))
    return refusal({"Set-Cookie": forgotten(cookie)} if cookie else None)


async def _enter_session(
    connection: Connection, signed: SignedRequest, begin: str, *, writes: bool, now: datetime
) -> Principal:
    """Begin and enter in one round trip; its tag tells whether there is more to read."""
    # Simple protocol, so no parameters: a UUID, hexadecimal digits and a moment of our own clock.
    tag = await connection.execute(
        f"{begin}; select where identity.enter_session('{signed.principal.session_id}',"
        f" {_literal(signed.proof)}, {not writes and signed.proof is not None},"
        f" '{now.isoformat()}')"
    )
    if tag == _NO_ROWS:
        return signed.principal
    wards = await connection.fetch(_WARDS)
    return msgspec.structs.replace(
        signed.principal, wards=frozenset(ward["unnest"] for ward in wards)
    )


async def _enter_client(
    connection: Connection, signed: SignedRequest, begin: str, *, writes: bool, now: datetime
) -> Principal:
    await connection.execute(begin)
    await connection.execute(
        _ENTER_CLIENT,
        signed.principal.client_id,
        signed.issued_at,
        signed.principal.purpose,
        signed.proof,
        not writes and signed.proof is not None,
        now,
    )
    return signed.principal


async def _enter_console(
    connection: Connection, shown: ConsoleCookie, begin: str, *, writes: bool, now: datetime
) -> Principal:
    await connection.execute(begin)
    officer: Any = await connection.fetchrow(
        _ENTER_CONSOLE, shown.cookie, shown.form, not writes, now
    )
    return Principal(
        kind="staff",
        staff_id=officer["staff_id"],
        roles=frozenset(officer["roles"]),
        agency_id=officer["agency_id"],
        agencies=frozenset(officer["agencies"]),
        areas=frozenset(officer["areas"]),
        acr="aal2",
        auth_time=officer["step_up_at"],
    )


async def _enter_account(
    connection: Connection, shown: AccountCookie, begin: str, *, writes: bool, now: datetime
) -> Principal:
    await connection.execute(begin)
    citizen: Any = await connection.fetchrow(_ENTER_ACCOUNT, shown.cookie, not writes, now)
    return Principal(
        kind="citizen",
        person_id=citizen["person_id"],
        client_id=WEB,
        session_id=citizen["session_id"],
        scopes=frozenset(citizen["scope"].split()),
        wards=frozenset(citizen["subjects"][1:]),
        ial=citizen["ial"],
        acr=citizen["acr"],
        auth_time=citizen["auth_time"],
    )


def _literal(raw: bytes | None) -> str:
    return "null" if raw is None else f"'\\x{raw.hex()}'"
