"""Access tokens (RFC 9068), bound to a key of the caller's device (RFC 9449 §6)."""

from base64 import urlsafe_b64encode
from datetime import UTC, datetime, timedelta
from hashlib import sha256
from typing import Any, Final, Literal
from uuid import UUID, uuid4

import msgspec

from backend.identity.errors import TokenInvalid
from backend.identity.jws import NotGenuine, Second, decoded, encoded, parts, verify
from backend.identity.keys import KeyRing
from backend.identity.repository import Session
from backend.kernel import Principal

TYPE: Final = "at+jwt"
LIFE: Final = timedelta(seconds=300)
LEEWAY: Final = timedelta(seconds=5)
_CACHED_MAX: Final = 10_000


class Head(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The only header that we write and read."""

    alg: Literal["ES256"]
    typ: Literal["at+jwt"]
    kid: str


class Confirmation(msgspec.Struct, frozen=True, kw_only=True):
    """Whose proof the token wants: the thumbprint of a key (RFC 9449 §6.1)."""

    jkt: str


class Claims(msgspec.Struct, frozen=True, kw_only=True):
    """What a token says. A person's has a session; a partner's has none and is its client's."""

    iss: str
    sub: str
    aud: str
    client_id: str
    scope: str
    iat: Second
    exp: Second
    jti: str
    cnf: Confirmation
    sid: UUID | None = None
    ial: Literal[0, 1, 2] = 0
    acr: Literal["", "aal1", "aal2"] = ""
    auth_time: Second | None = None


class Verified(msgspec.Struct, frozen=True, kw_only=True):
    """A token that we signed and whose time is not over; whether its session lives is not said."""

    principal: Principal
    issued_at: datetime
    expires_at: datetime
    jkt: str
    ath: str
    """Hash of the token, as a proof has to name it."""


class TokenVerifier:
    """Verifies each token once and remembers it until it expires."""

    def __init__(self, keys: KeyRing, issuer: str) -> None:
        self._keys, self._issuer, self._audience = keys, issuer, audience(issuer)
        self._head = msgspec.json.Decoder(Head)
        self._claims = msgspec.json.Decoder(Claims)
        self._cached: dict[bytes, Verified] = {}
        self._generation = keys.generation

    def verify(self, token: bytes, now: datetime) -> Verified:
        """Return what a genuine token says; raises `TokenInvalid`."""
        if self._generation != self._keys.generation:
            self._generation = self._keys.generation
            self._cached.clear()
        digest = sha256(token).digest()
        known = self._cached.get(digest)
        if known is not None:
            if now < known.expires_at:
                return known
            del self._cached[digest]
        try:
            verified = self._verified(token, digest, now)
        except (NotGenuine, msgspec.MsgspecError, ValueError, RecursionError) as error:
            raise TokenInvalid from error
        if len(self._cached) >= _CACHED_MAX:
            del self._cached[next(iter(self._cached))]  # the oldest, which expires first
        self._cached[digest] = verified
        return verified

    def _verified(self, token: bytes, digest: bytes, now: datetime) -> Verified:
        signed, head, body, signature = parts(token)
        key = self._keys.verifying(self._head.decode(decoded(head)).kid)
        if key is None:
            raise NotGenuine
        verify(key, signed, signature)
        claims = self._claims.decode(decoded(body))
        issued_at = datetime.fromtimestamp(claims.iat, UTC)
        expires_at = datetime.fromtimestamp(claims.exp, UTC) + LEEWAY
        if claims.iss != self._issuer or claims.aud != self._audience:
            raise NotGenuine
        if now >= expires_at or now < issued_at - LEEWAY:
            raise NotGenuine
        return Verified(
            principal=_principal(claims),
            issued_at=issued_at,
            expires_at=expires_at,
            jkt=claims.cnf.jkt,
            ath=urlsafe_b64encode(digest).rstrip(b"=").decode(),
        )


def _principal(claims: Claims) -> Principal:
    scopes = frozenset(claims.scope.split())
    if claims.sid is None:
        if claims.sub != claims.client_id:
            raise NotGenuine
        return Principal(kind="partner", client_id=claims.client_id, scopes=scopes)
    if claims.auth_time is None:
        raise NotGenuine
    return Principal(
        kind="citizen",
        person_id=UUID(claims.sub),
        client_id=claims.client_id,
        session_id=claims.sid,
        scopes=scopes,
        ial=claims.ial,
        acr=claims.acr,
        auth_time=datetime.fromtimestamp(claims.auth_time, UTC),
    )


def audience(issuer: str) -> str:
    """Return the name of the interface that tokens are for."""
    return f"{issuer}/v1"


def person_token(keys: KeyRing, issuer: str, session: Session, now: datetime) -> str:
    """Return a token for a session that has just been opened or renewed."""
    return _signed(
        keys,
        now,
        iss=issuer,
        sub=str(session.person_id),
        aud=audience(issuer),
        client_id=session.client_id,
        scope=session.scope,
        cnf={"jkt": session.dpop_jkt},
        sid=str(session.id),
        ial=session.ial,
        acr=session.acr,
        amr=list(session.amr),
        auth_time=int(session.auth_time.timestamp()),
    )


def partner_token(
    keys: KeyRing, issuer: str, *, client_id: str, scope: str, jkt: str, now: datetime
) -> str:
    """Return a token for a program that has proved to be this client."""
    return _signed(
        keys,
        now,
        iss=issuer,
        sub=client_id,
        aud=audience(issuer),
        client_id=client_id,
        scope=scope,
        cnf={"jkt": jkt},
    )


def id_token(keys: KeyRing, issuer: str, session: Session, *, nonce: str, now: datetime) -> str:
    """Return what tells an app who signed in (OpenID Connect Core §2); it opens no door."""
    said = {"nonce": nonce} if nonce else {}
    return _signed(
        keys,
        now,
        "JWT",
        iss=issuer,
        sub=str(session.person_id),
        aud=session.client_id,
        sid=str(session.id),
        acr=session.acr,
        amr=list(session.amr),
        auth_time=int(session.auth_time.timestamp()),
        **said,
    )


def _signed(keys: KeyRing, now: datetime, kind: str = TYPE, **claims: Any) -> str:
    kid, reference = keys.signing()
    issued = int(now.timestamp())
    expires = issued + int(LIFE.total_seconds())
    said = {**claims, "iat": issued, "exp": expires, "jti": str(uuid4())}
    head = {"alg": "ES256", "typ": kind, "kid": kid}
    text = f"{encoded(msgspec.json.encode(head))}.{encoded(msgspec.json.encode(said))}"
    return f"{text}.{encoded(keys.sign(reference, text.encode()))}"
