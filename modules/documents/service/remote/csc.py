"""Providers of people's keys that speak the API of the Cloud Signature Consortium, version 2.0.

The house comes with its own client's token (§8, `oauth2client`) and names the person; the person
confirms on their own device. PINs and passwords of theirs are never asked for here, so a key that
wants them through us (`auth/mode` explicit with objects) is refused by the provider.
"""

from base64 import b64decode, b64encode
from collections.abc import Mapping, Sequence
from typing import Annotated, Any, Final, Literal, TypeVar
from urllib.parse import quote, urlencode

import msgspec
from cryptography.hazmat.primitives.asymmetric.utils import decode_dss_signature
from msgspec import Meta

from backend.kernel import outside
from backend.kernel.outside import Answer, Ask, Reach, Unreachable
from contracts.remote_signing import (
    Algorithm,
    Begun,
    Confirmed,
    Credential,
    Credentials,
    Handle,
    HashesSigned,
    HashesToSign,
    Rejected,
    Unanswered,
)
from modules.documents.model.algorithms import BY_PREFERENCE, PSS_SHA256
from modules.documents.settings import DescribedSigner

PATIENCE_SECONDS: Final = 10
# The operator names the provider, whose trial stands where only we reach it.
REACH: Final = Reach(
    may_be_private=True, may_be_plain=True, seconds=PATIENCE_SECONDS, bytes_max=256 * 1024
)
_UNDERWAY, _BAD_REQUEST = 202, 400
_KEYS_MAX: Final = 20
_RAW_BYTES: Final = 64
_ACTIVATION: Final = "SAD "
"""Before what a handle is then: the right to sign, which no provider names a request."""
_SHA256: Final = "2.16.840.1.101.3.4.2.1"
_RSA: Final = "1.2.840.113549.1.1.1"
_SPELT: Final[Mapping[Algorithm, Sequence[str]]] = {
    "PS256": ("1.2.840.113549.1.1.10",),
    "ES256": ("1.2.840.10045.4.3.2",),
    "RS256": ("1.2.840.113549.1.1.11", _RSA),
}
"""Algorithm → its object identifiers, the one that says most first (RFC 8017, RFC 5758)."""
_Text = Annotated[str, Meta(min_length=1, max_length=8192)]
_T = TypeVar("_T")


class _Token(msgspec.Struct, frozen=True, kw_only=True):
    access_token: _Text
    token_type: str


class _Key(msgspec.Struct, frozen=True, kw_only=True):
    status: Literal["enabled", "disabled"]
    algo: tuple[str, ...]


class _Cert(msgspec.Struct, frozen=True, kw_only=True):
    certificates: Annotated[tuple[str, ...], Meta(min_length=1, max_length=8)]
    status: Literal["valid", "expired", "revoked", "suspended"] = "valid"


class _Auth(msgspec.Struct, frozen=True, kw_only=True):
    mode: str


class _Card(msgspec.Struct, frozen=True, kw_only=True):
    key: _Key
    cert: _Cert
    auth: _Auth
    multisign: Annotated[int, Meta(ge=1)]


class _Listed(msgspec.Struct, frozen=True, kw_only=True, rename={"ids": "credentialIDs"}):
    ids: tuple[Annotated[str, Meta(min_length=1, max_length=200)], ...]


class _Underway(msgspec.Struct, frozen=True, kw_only=True):
    handle: Handle


class _Activation(msgspec.Struct, frozen=True, kw_only=True, rename={"sad": "SAD"}):
    sad: _Text


class _Signatures(msgspec.Struct, frozen=True, kw_only=True):
    signatures: tuple[_Text, ...]


class CscSigner:
    """Provides `RemoteSigner` for whatever speaks CSC API v2.0, with confirmation elsewhere.

    `credentials/authorize` answers 202 with a handle while the person is asked, and
    `credentials/authorizeCheck` gives the right to sign once they have confirmed (§11.6, §11.7).
    """

    def __init__(self, name: str, described: DescribedSigner, *, ask: Ask = outside.ask) -> None:
        self.name = name
        self._described = described
        self._ask = ask

    async def credentials(self, user: str) -> Credentials | Rejected | Unanswered:
        """List a person's keys, and look at each: those that cannot sign now are left out."""
        try:
            token = await self._token()
            listed = _read(await self._said(token, "credentials/list", {"userID": user}), _Listed)
            found = [await self._found(token, each) for each in listed.ids[:_KEYS_MAX]]
        except _Failed as failed:
            return failed.answer
        return Credentials(items=tuple(each for each in found if each is not None))

    async def start(self, request: HashesToSign) -> Begun | Rejected | Unanswered:
        """Ask for the right to sign exactly these hashes."""
        wanted = {
            "credentialID": request.credential,
            "numSignatures": len(request.hashes),
            "hashes": _written(request.hashes),
            "hashAlgorithmOID": _SHA256,
            "description": request.about[:500],
            "clientData": request.ref,
        }
        try:
            token = await self._token()
            given = _authorized(await self._said(token, "credentials/authorize", wanted))
        except _Failed as failed:
            return failed.answer
        # Who gives the right at once has asked nobody: such a signature is not the person's.
        return given if isinstance(given, Begun) else Rejected()

    async def poll(
        self, request: HashesToSign, handle: str
    ) -> Begun | Confirmed | HashesSigned | Rejected | Unanswered:
        """Ask whether the person has confirmed; then, with that right, for the signatures."""
        try:
            token = await self._token()
            if handle.startswith(_ACTIVATION):
                return await self._sign(token, request, handle.removeprefix(_ACTIVATION))
            said = await self._said(token, "credentials/authorizeCheck", {"handle": handle})
            given = _authorized(said)
        except _Failed as failed:
            return failed.answer
        return given if isinstance(given, Begun) else Confirmed(handle=f"{_ACTIVATION}{given.sad}")

    async def _sign(self, token: str, request: HashesToSign, sad: str) -> HashesSigned:
        card = await self._card(token, request.credential)
        spelt = next((oid for oid in _SPELT[request.algorithm] if oid in card.key.algo), None)
        if spelt is None:
            raise _Failed(Rejected())
        wanted: dict[str, Any] = {
            "credentialID": request.credential,
            "SAD": sad,
            "hashes": _written(request.hashes),
            "hashAlgorithmOID": _SHA256,
            "signAlgo": spelt,
            "clientData": request.ref,
        }
        if request.algorithm == "PS256":
            wanted["signAlgoParams"] = b64encode(PSS_SHA256).decode()
        said = _read(await self._said(token, "signatures/signHash", wanted), _Signatures)
        return HashesSigned(values=tuple(_value(request, each) for each in said.signatures))

    async def _found(self, token: str, credential: str) -> Credential | None:
        """Return a key that can sign now, in a way that we know and without a PIN through us."""
        card = await self._card(token, credential)
        offered = {*card.key.algo}
        algorithms: tuple[Algorithm, ...] = tuple(
            name for name in BY_PREFERENCE if not offered.isdisjoint(_SPELT[name])
        )
        is_usable = card.key.status == "enabled" and card.cert.status == "valid"
        if not (is_usable and algorithms and card.auth.mode == "explicit"):
            return None
        certificates = tuple(_decoded(each) for each in card.cert.certificates)
        return Credential(
            id=credential,
            certificates=certificates,
            algorithms=algorithms,
            signatures_max=card.multisign,
        )

    async def _card(self, token: str, credential: str) -> _Card:
        wanted = {"credentialID": credential, "certificates": "chain", "authInfo": True}
        return _read(await self._said(token, "credentials/info", wanted), _Card)

    async def _token(self) -> str:
        """Return a token of our own. That we are refused is no word on a person."""
        client = self._described
        pair = f"{quote(client.client_id, safe='')}:{quote(client.client_secret, safe='')}"
        headers = {
            "Authorization": f"Basic {b64encode(pair.encode()).decode()}",
            "Content-Type": "application/x-www-form-urlencoded",
        }
        form = urlencode({"grant_type": "client_credentials", "scope": "service"}).encode()
        answer = await self._answered(client.token_url or "", form, headers)
        if not answer.is_good:
            raise _Failed(Unanswered())
        found = _read(answer, _Token)
        if found.token_type.lower() != "bearer":
            raise _Failed(Unanswered())
        return found.access_token

    async def _said(self, token: str, method: str, wanted: Mapping[str, Any]) -> Answer:
        url = f"{self._described.url.rstrip('/')}/{method}"
        headers = {"Authorization": f"Bearer {token}", "Content-Type": "application/json"}
        answer = await self._answered(url, msgspec.json.encode(wanted), headers)
        if answer.is_good:
            return answer
        # What is wrong with our token (401, 403) is no word on the person either.
        raise _Failed(Rejected() if answer.status == _BAD_REQUEST else Unanswered())

    async def _answered(self, url: str, body: bytes, headers: Mapping[str, str]) -> Answer:
        sent = {**headers, "Accept": "application/json"}
        try:
            return await self._ask("POST", url, body=body, headers=sent, reach=REACH)
        except Unreachable as error:
            raise _Failed(Unanswered()) from error


class _Failed(Exception):
    def __init__(self, answer: Rejected | Unanswered) -> None:
        super().__init__(answer)
        self.answer = answer


def _read(answer: Answer, kind: type[_T]) -> _T:
    try:
        return msgspec.json.decode(answer.body, type=kind)
    except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError) as error:
        raise _Failed(Unanswered()) from error


def _authorized(answer: Answer) -> Begun | _Activation:
    """Return the handle of what is underway, or else the right to sign."""
    if answer.status == _UNDERWAY:
        handle = _read(answer, _Underway).handle
        if handle.startswith(_ACTIVATION):
            raise _Failed(Unanswered())
        return Begun(handle=handle)
    return _read(answer, _Activation)


def _written(hashes: Sequence[bytes]) -> list[str]:
    return [b64encode(each).decode() for each in hashes]


def _decoded(text: str) -> bytes:
    try:
        return b64decode(text, validate=True)
    except ValueError as error:
        raise _Failed(Unanswered()) from error


def _value(request: HashesToSign, text: str) -> bytes:
    """Return a signature: of ECDSA, which providers write in DER, r and s of 32 bytes each."""
    raw = _decoded(text)
    if request.algorithm != "ES256" or len(raw) == _RAW_BYTES:
        return raw
    try:
        r, s = decode_dss_signature(raw)
        return r.to_bytes(_RAW_BYTES // 2, "big") + s.to_bytes(_RAW_BYTES // 2, "big")
    except (ValueError, OverflowError) as error:
        raise _Failed(Unanswered()) from error
