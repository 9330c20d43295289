"""Proof of possession (RFC 9449): each request is signed with the key its token is bound to."""

import hmac
import re
from collections.abc import Sequence
from datetime import datetime, timedelta
from hashlib import sha256
from typing import Annotated, Final, Literal
from urllib.parse import unquote, urlsplit

import msgspec
from msgspec import Meta

from backend.identity.errors import NonceNeeded, ProofInvalid, ProofUntimely
from backend.identity.jws import (
    Jwk,
    NotGenuine,
    PublicKey,
    Second,
    decoded,
    encoded,
    parts,
    public_key,
    verify,
)
from backend.identity.tokens import Verified

SAFE_METHODS: Final = frozenset({"GET", "HEAD", "OPTIONS"})
CLOCKS_DIFFER_MAX: Final = timedelta(seconds=300)
_NONCE_AGES: Final = (0, 1, 2, 3, -1)
"""In minutes, the likeliest first; -1 because another node's clock may be ahead of ours."""
_NONCE_BYTES: Final = 12
_KEYS_MAX: Final = 10_000
_ADDRESS: Final = re.compile(r"(?:(?!%2[Ff])[!-~])+")
"""A slash within a step (`%2F`) is another address than one between two."""
_PORTS: Final = {"https": ":443", "http": ":80"}


class Head(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The header of a proof: it brings its own key, which the token has to know."""

    alg: Literal["ES256"]
    typ: Literal["dpop+jwt"]
    jwk: Jwk


class Claims(msgspec.Struct, frozen=True, kw_only=True):
    """What a proof says: one request, one token, one moment."""

    jti: Annotated[str, Meta(min_length=1, max_length=256)]
    htm: str
    htu: str
    iat: Second
    ath: str = ""
    nonce: str = ""
    exp: Second | None = None
    nbf: Second | None = None


class Shown(msgspec.Struct, frozen=True, kw_only=True):
    """A key whose possession was just proved to the authority itself."""

    jkt: str
    """RFC 7638 thumbprint; what is issued now is bound to it."""
    once: bytes
    """Hash of the proof, which must not be used twice."""


class ProofVerifier:
    """Checks proofs against the address we know ourselves by, never the one a request names."""

    def __init__(self, base_url: str, secrets: Sequence[bytes]) -> None:
        self._base_url = base_url
        self._nonce_keys = [
            hmac.digest(secret, b"identity: DPoP nonce", "sha256") for secret in secrets
        ]
        self._minute = -1
        self._nonces: tuple[str, ...] = ()
        self._head = msgspec.json.Decoder(Head)
        self._claims = msgspec.json.Decoder(Claims)
        self._keys: dict[bytes, PublicKey] = {}

    def nonce(self, now: datetime) -> str:
        """Return the nonce of this minute, the same in every process of the installation."""
        return self._accepted(now)[0]

    def verify(
        self, proof: bytes, *, method: str, path: str, token: Verified, now: datetime
    ) -> bytes | None:
        """Return what must not be used twice, or None for a method that changes nothing.

        Raises `ProofInvalid`, `ProofUntimely` or `NonceNeeded`. The signature comes last: it
        costs ten times the rest.
        """
        head, key, claims = self._verified(
            proof, method=method, path=path, now=now, jkt=token.jkt, ath=token.ath
        )
        self._remember(head, key)
        return None if method in SAFE_METHODS else _once(key, claims)

    def shown(self, proof: bytes, *, method: str, path: str, now: datetime) -> Shown:
        """Return the key that signed a request to the authority, where there is no token yet.

        Raises what `verify` raises.
        """
        _, key, claims = self._verified(proof, method=method, path=path, now=now, jkt=None, ath="")
        return Shown(jkt=key.thumbprint, once=_once(key, claims))

    def _verified(
        self, proof: bytes, *, method: str, path: str, now: datetime, jkt: str | None, ath: str
    ) -> tuple[bytes, PublicKey, Claims]:
        try:
            signed, head, body, signature = parts(proof)
            key = self._keys.get(head) or public_key(self._head.decode(decoded(head)).jwk)
            claims = self._claims.decode(decoded(body))
            if jkt not in {None, key.thumbprint} or claims.ath != ath or claims.htm != method:
                raise ProofInvalid
            if not self._is_here(claims.htu, path):
                raise ProofInvalid
            if not _is_timely(claims, now.timestamp()):
                raise ProofUntimely
            if claims.nonce not in self._accepted(now):
                raise NonceNeeded
            verify(key.key, signed, signature)
        except (NotGenuine, msgspec.MsgspecError, ValueError, RecursionError) as error:
            raise ProofInvalid from error
        return head, key, claims

    def _remember(self, head: bytes, key: PublicKey) -> None:
        """Keep the key of a caller who has shown a token of ours; strangers cannot fill this."""
        if head not in self._keys:
            if len(self._keys) >= _KEYS_MAX:
                del self._keys[next(iter(self._keys))]
            self._keys[head] = key

    def _accepted(self, now: datetime) -> tuple[str, ...]:
        minute = int(now.timestamp()) // 60
        if minute != self._minute:
            self._nonces = tuple(
                _made(key, minute - age) for key in self._nonce_keys for age in _NONCE_AGES
            )
            self._minute = minute
        return self._nonces

    def _is_here(self, htu: str, path: str) -> bool:
        if htu == self._base_url + path and "%" not in htu:
            return True
        # Spelt otherwise, it may still be the same address (RFC 9449 §4.3, RFC 3986 §6.2). What is
        # no address at all, such as one with a tab in it, the parser would tidy up first.
        return bool(_ADDRESS.fullmatch(htu)) and _spelt_out(htu) == (
            *_spelt_out(self._base_url)[:2],
            path,
        )


def _made(key: bytes, minute: int) -> str:
    return encoded(hmac.digest(key, b"%d" % minute, "sha256")[:_NONCE_BYTES])


def _is_timely(claims: Claims, now: float) -> bool:
    """Tell whether a proof is of now; a phone's clock may differ, and its own ends count too."""
    differ = CLOCKS_DIFFER_MAX.total_seconds()
    return (
        abs(now - claims.iat) <= differ
        and (claims.exp is None or now <= claims.exp + differ)
        and (claims.nbf is None or now >= claims.nbf - differ)
    )


def _once(key: PublicKey, claims: Claims) -> bytes:
    return sha256(f"{key.thumbprint} {claims.jti}".encode()).digest()


def _spelt_out(url: str) -> tuple[str, str, str]:
    parts = urlsplit(url)
    scheme = parts.scheme.lower()
    return scheme, parts.netloc.lower().removesuffix(_PORTS.get(scheme, "")), unquote(parts.path)
