"""Talking to one identity provider: where it is, what it signs with, a code for an ID token."""

import asyncio
import time
from base64 import b64encode
from collections.abc import Callable, Mapping
from datetime import datetime, timedelta
from hashlib import sha256
from pathlib import Path
from typing import Final, TypeVar
from urllib.parse import quote, urlencode, urlsplit
from uuid import uuid4

import jwt
import msgspec
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey
from cryptography.hazmat.primitives.serialization import load_pem_private_key

from backend.identity.jws import NotGenuine, encoded
from backend.identity.outside import NamedHosts
from backend.identity.upstream.settings import Upstream
from backend.identity.upstream.tokens import Claims, Expected, Head, Key, keys_of, kid_of, read
from backend.kernel.outside import Answer, Unreachable

_METADATA_SECONDS: Final = 3600.0
_KEYS_SECONDS: Final = 600.0
_KEYS_AGAIN_SECONDS: Final = 30.0
_FORM: Final = {"Content-Type": "application/x-www-form-urlencoded"}
_ASSERTION_TYPE: Final = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer"
_ASSERTION_LIFE: Final = timedelta(seconds=60)

Said = TypeVar("Said", bound=msgspec.Struct)


class Endpoints(msgspec.Struct, frozen=True, kw_only=True):
    """Where to go (RFC 8414 §2)."""

    authorization_endpoint: str
    token_endpoint: str
    jwks_uri: str
    pushed_authorization_request_endpoint: str = ""


class Metadata(Endpoints, frozen=True, kw_only=True):
    """What the provider tells of itself."""

    issuer: str


class Pushed(msgspec.Struct, frozen=True, kw_only=True):
    """RFC 9126 §2.2."""

    request_uri: str


class Traded(msgspec.Struct, frozen=True, kw_only=True):
    """All that we read of the answer to a code. The other tokens are never looked at."""

    id_token: str


class Trip(msgspec.Struct, frozen=True, kw_only=True):
    """What one round to the provider is known by; all of it follows from its state."""

    state: str
    state_hash: bytes
    nonce: str
    verifier: str


class Provider:
    """One provider, for the life of a process. Raises `Unreachable` or `NotGenuine`."""

    def __init__(
        self,
        name: str,
        upstream: Upstream,
        *,
        callback: str,
        clock: Callable[[], datetime],
        is_dev: bool,
    ) -> None:
        self.name, self.upstream = name, upstream
        self._callback, self._clock = callback, clock
        self._outside = NamedHosts(upstream.pinned, is_dev=is_dev)
        self._endpoints: tuple[float, Endpoints] | None = None
        self._keys: tuple[float, Mapping[str, Key]] | None = None
        self._asking = asyncio.Lock()

    async def address(self, trip: Trip) -> str:
        """Return where the person goes to be asked, now and by the provider itself."""
        ours = self.upstream
        asked = {
            "response_type": "code",
            "client_id": ours.client_id,
            "redirect_uri": self._callback,
            "scope": ours.scope,
            "state": trip.state,
            "prompt": "login",  # an earlier success counts for nothing here
            "max_age": "0",
        }
        if ours.nonce:
            asked["nonce"] = trip.nonce
        if ours.pkce:
            challenge = encoded(sha256(trip.verifier.encode()).digest())
            asked |= {"code_challenge": challenge, "code_challenge_method": "S256"}
        where = await self._where()
        if where.pushed_authorization_request_endpoint:
            answer = await self._form(where.pushed_authorization_request_endpoint, asked)
            pushed = _decoded(answer, Pushed, status=201)
            asked = {"client_id": ours.client_id, "request_uri": pushed.request_uri}
        joint = "&" if urlsplit(where.authorization_endpoint).query else "?"
        return f"{where.authorization_endpoint}{joint}{urlencode(asked)}"

    async def told(self, code: str, trip: Trip) -> tuple[Claims, bytes]:
        """Return what the provider says of the person for whom it gave the code, as a whole too."""
        form = {
            "grant_type": "authorization_code",
            "code": code,
            "redirect_uri": self._callback,
        }
        if self.upstream.pkce:
            form["code_verifier"] = trip.verifier
        answer = await self._form((await self._where()).token_endpoint, form)
        token = _decoded(answer, Traded, status=200).id_token.encode()
        head, claims, body = await self.read(token)
        if head.typ not in {"", "JWT"} or claims.sub is None or claims.events is not None:
            raise NotGenuine
        if self.upstream.nonce and claims.nonce != trip.nonce:
            raise NotGenuine
        return claims, body

    async def read(self, token: bytes) -> tuple[Head, Claims, bytes]:
        """Return what a token says that this provider has signed for us."""
        expected = Expected(
            issuer=self.upstream.expected_issuer,
            client_id=self.upstream.client_id,
            algorithms=self.upstream.algorithms,
            now=self._clock(),
        )
        return read(token, await self._known_keys(kid_of(token)), expected)

    async def _where(self) -> Endpoints:
        ours = self.upstream
        if not ours.discovery:
            return Endpoints(
                authorization_endpoint=ours.authorize,
                token_endpoint=ours.token,
                jwks_uri=ours.jwks,
                pushed_authorization_request_endpoint=ours.par,
            )
        async with self._asking:
            kept = self._endpoints
            if kept is None or time.monotonic() - kept[0] > _METADATA_SECONDS:
                found = _decoded(await self._outside.get(ours.discovery), Metadata, status=200)
                if found.issuer != ours.expected_issuer:
                    raise NotGenuine
                if urlsplit(found.authorization_endpoint).hostname not in ours.pinned:
                    raise Unreachable("the metadata names a host that the settings do not")
                kept = self._endpoints = (time.monotonic(), found)
        return kept[1]

    async def _known_keys(self, kid: str) -> Mapping[str, Key]:
        """Return its keys; looked up again for one that is new, though not for every forger."""
        where = await self._where()
        async with self._asking:
            kept = self._keys
            age = _KEYS_SECONDS if kept is None else time.monotonic() - kept[0]
            patience = _KEYS_SECONDS if kept and kid in kept[1] else _KEYS_AGAIN_SECONDS
            if kept is None or age >= patience:
                answer = await self._outside.get(where.jwks_uri)
                if answer.status != 200:
                    raise Unreachable(f"{self.name}: keys answered {answer.status}")
                kept = self._keys = (time.monotonic(), keys_of(answer.body))
        return kept[1]

    async def _form(self, url: str, form: Mapping[str, str]) -> Answer:
        """Send a form as the client that we are to the provider."""
        ours = self.upstream
        key = await asyncio.to_thread(Path(ours.client_key).read_bytes)
        if ours.client_auth == "client_secret_basic":
            pair = f"{quote(ours.client_id, safe='')}:{quote(key.decode().strip(), safe='')}"
            headers = {"Authorization": f"Basic {b64encode(pair.encode()).decode()}"}
            return await self._outside.post(url, urlencode(form).encode(), {**_FORM, **headers})
        proved = {
            **form,
            "client_id": ours.client_id,
            "client_assertion_type": _ASSERTION_TYPE,
            "client_assertion": self._assertion(key),
        }
        return await self._outside.post(url, urlencode(proved).encode(), _FORM)

    def _assertion(self, pem: bytes) -> str:
        private = load_pem_private_key(pem, password=None)
        algorithm = "RS256" if isinstance(private, RSAPrivateKey) else "ES256"
        now = self._clock()
        claims = {
            "iss": self.upstream.client_id,
            "sub": self.upstream.client_id,
            "aud": self.upstream.expected_issuer,
            "iat": int(now.timestamp()),
            "exp": int((now + _ASSERTION_LIFE).timestamp()),
            "jti": str(uuid4()),
        }
        return jwt.encode(claims, pem, algorithm=algorithm)


def _decoded(answer: Answer, kind: type[Said], *, status: int) -> Said:
    if answer.status != status:
        raise NotGenuine
    try:
        return msgspec.json.decode(answer.body, type=kind)
    except (msgspec.MsgspecError, ValueError) as error:
        raise NotGenuine from error
