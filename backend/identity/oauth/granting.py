"""`POST /oauth/token`: a code, a refresh token or a partner's key, for an access token.

Each grant is decided in one transaction. A refusal that has to be remembered (a code shown twice,
an old refresh token) is returned, so that the transaction keeps it, and raised afterwards.
"""

import hmac
import re
from collections.abc import Awaitable, Callable, Mapping
from hashlib import sha256
from typing import Final, Literal

import msgspec

from backend.identity.jws import encoded
from backend.identity.minting import Login, open_session
from backend.identity.oauth import repository
from backend.identity.oauth.call import Call
from backend.identity.oauth.clients import client_of
from backend.identity.oauth.errors import (
    InvalidGrant,
    InvalidScope,
    Refused,
    UnauthorizedClient,
    UnsupportedGrantType,
)
from backend.identity.oauth.pushing import OPENID, digest, granted
from backend.identity.oauth.refreshing import begin, renew
from backend.identity.oauth.repository import Client, Code
from backend.identity.repository import REVOKE_SESSION, Session
from backend.identity.tokens import LIFE
from backend.kernel import Transaction

GRANTS: Final = ("authorization_code", "refresh_token", "client_credentials")
_VERIFIER: Final = re.compile(r"[A-Za-z0-9._~-]{43,128}")


class Tokens(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """RFC 6749 §5.1. An access token is worth nothing without the key it is bound to."""

    access_token: str
    token_type: Literal["DPoP"]
    expires_in: int
    scope: str
    refresh_token: str = ""
    id_token: str = ""


async def grant(call: Call) -> Tokens:
    """Return the tokens that the call has a right to."""
    serve = _SERVED.get(call.required("grant_type"))
    if serve is None:
        raise UnsupportedGrantType(f"grant_type must be one of {', '.join(GRANTS)}")
    return await serve(call, await client_of(call))


async def _by_code(call: Call, client: Client) -> Tokens:
    if client.kind != "app":
        raise UnauthorizedClient("only our own app signs people in")
    hashed = digest(call.required("code"))
    verifier = call.required("code_verifier")
    call.required("redirect_uri")
    async with call.authority.transaction() as tx:
        jkt = await call.key(tx)
        code = await tx.maybe(repository.USE_CODE, hashed, tx.now)
        answer: Tokens | Refused
        if code is None:
            answer = await _shown_again(tx, hashed)
        elif not _matches(code, call, client, verifier, jkt):
            # Used up all the same: whoever has stolen it cannot try again.
            answer = InvalidGrant("the code is not for this client, device and request")
        else:
            answer = await _opened(tx, call, code, hashed, jkt)
    return _or_refused(answer)


async def _shown_again(tx: Transaction, hashed: bytes) -> Refused:
    """End the session that a code opened, for two have shown the code and one has stolen it."""
    opened = await tx.maybe(repository.OPENED_BY_CODE, hashed)
    if opened is not None and opened.session_id is not None:
        await tx.run(REVOKE_SESSION, opened.session_id, tx.now, "code_reuse")
    return InvalidGrant("the code is not valid, or its minute is over")


def _matches(code: Code, call: Call, client: Client, verifier: str, jkt: str) -> bool:
    challenge = encoded(sha256(verifier.encode()).digest())
    return (
        code.client_id == client.id
        and code.redirect_uri == call.form["redirect_uri"]
        and code.dpop_jkt in {None, jkt}
        and _VERIFIER.fullmatch(verifier) is not None
        and hmac.compare_digest(challenge, code.challenge)
    )


async def _opened(tx: Transaction, call: Call, code: Code, hashed: bytes, jkt: str) -> Tokens:
    login = Login(
        person_id=code.person_id,
        client_id=code.client_id,
        scope=code.scope,
        ial=code.ial,
        acr=code.acr,
        amr=code.amr,
        auth_time=code.auth_time,
    )
    session = await open_session(tx, login, jkt=jkt)
    await tx.run(repository.KEEP_OPENED, hashed, session.id)
    refresh_token = await begin(tx, session.id)
    return _of_person(call, session, refresh_token, nonce=code.nonce)


async def _by_refresh_token(call: Call, client: Client) -> Tokens:
    shown = call.required("refresh_token")
    async with call.authority.transaction() as tx:
        jkt = await call.key(tx)
        found = await renew(tx, call.authority.kms, shown, client_id=client.id, jkt=jkt)
    if found is None:
        raise InvalidGrant("the refresh token is not valid for this client and device")
    session = found.session
    narrowed = frozenset(call.form.get("scope", session.scope).split())
    if not narrowed <= frozenset(session.scope.split()):
        raise InvalidScope("a refresh cannot widen what was granted")
    session = msgspec.structs.replace(session, scope=" ".join(sorted(narrowed)))
    return _of_person(call, session, found.refresh_token)


async def _by_own_key(call: Call, client: Client) -> Tokens:
    if client.kind != "partner":
        raise UnauthorizedClient("client_credentials is for partners")
    allowed = granted(call.authority.scopes, client)
    wanted = frozenset(call.form.get("scope", "").split()) or allowed
    if not wanted <= allowed:
        raise InvalidScope("the agreement does not cover all of this")
    async with call.authority.transaction() as tx:
        jkt = await call.key(tx)
    return Tokens(
        access_token=call.authority.partner_token(client_id=client.id, scopes=wanted, jkt=jkt),
        token_type="DPoP",  # noqa: S106 - a type, not a token
        expires_in=int(LIFE.total_seconds()),
        scope=" ".join(sorted(wanted)),
    )


def _of_person(call: Call, session: Session, refresh_token: str, *, nonce: str = "") -> Tokens:
    wants_name = OPENID in session.scope.split()
    return Tokens(
        access_token=call.authority.person_token(session),
        token_type="DPoP",  # noqa: S106 - a type, not a token
        expires_in=int(LIFE.total_seconds()),
        scope=session.scope,
        refresh_token=refresh_token,
        id_token=call.authority.id_token(session, nonce=nonce) if wants_name else "",
    )


def _or_refused(answer: Tokens | Refused) -> Tokens:
    if isinstance(answer, Refused):
        raise answer
    return answer


_SERVED: Final[Mapping[str, Callable[[Call, Client], Awaitable[Tokens]]]] = {
    "authorization_code": _by_code,
    "refresh_token": _by_refresh_token,
    "client_credentials": _by_own_key,
}
