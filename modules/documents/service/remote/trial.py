"""A provider of people's keys for development, with an authority of its own. Never in production.

It speaks CSC API v2.0 as a real one would, and keeps a key for whoever is asked after, so that
anybody can be tried. Its certificates say by their very names that they are worth nothing.
"""

import secrets
from base64 import b64decode, b64encode
from collections.abc import Callable, Mapping
from datetime import datetime, timedelta
from typing import Annotated, Any, Final, Literal, TypeAlias
from urllib.parse import parse_qs

import msgspec
from cryptography import x509
from cryptography.hazmat.primitives.asymmetric.ec import (
    ECDSA,
    SECP256R1,
    EllipticCurvePrivateKey,
    generate_private_key,
)
from cryptography.hazmat.primitives.asymmetric.padding import MGF1, PSS, PKCS1v15
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey
from cryptography.hazmat.primitives.asymmetric.rsa import generate_private_key as generate_rsa
from cryptography.hazmat.primitives.asymmetric.utils import Prehashed
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import Encoding
from cryptography.x509.oid import AuthorityInformationAccessOID, NameOID
from msgspec import Meta
from msgspec.structs import replace

from modules.documents.model import certificates, revocation
from modules.documents.model.certificates import DOCUMENT_SIGNING, NO_LEGAL_VALUE, Above

PersonKey: TypeAlias = EllipticCurvePrivateKey | RSAPrivateKey
Kind: TypeAlias = Literal["p256", "rsa", "pkcs1"]

_LIVES: Final = timedelta(days=365)
_LIST_LIVES: Final = timedelta(days=1)
_SHA256: Final = "2.16.840.1.101.3.4.2.1"
_ECDSA, _PSS = "1.2.840.10045.4.3.2", "1.2.840.113549.1.1.10"
PKCS1: Final = "1.2.840.113549.1.1.11"
_ALGORITHMS: Final[Mapping[Kind, tuple[str, ...]]] = {
    "p256": (_ECDSA,),
    "rsa": (PKCS1, _PSS),
    "pkcs1": (PKCS1,),
}
_PREHASHED: Final = Prehashed(SHA256())
_TOKEN: Final = "trial-token"  # noqa: S105 - it opens nothing

Number = Annotated[str, Meta(pattern=r"^[0-9]{12}$")]
Reply: TypeAlias = tuple[int, bytes]


class _List(msgspec.Struct, frozen=True, kw_only=True, rename={"user": "userID"}):
    user: Number


class _Asked(msgspec.Struct, frozen=True, kw_only=True, rename={"credential": "credentialID"}):
    credential: str


class _Authorize(
    msgspec.Struct,
    frozen=True,
    kw_only=True,
    rename={
        "credential": "credentialID",
        "count": "numSignatures",
        "algorithm": "hashAlgorithmOID",
        "ref": "clientData",
    },
):
    credential: str
    count: Annotated[int, Meta(ge=1, le=50)]
    hashes: tuple[str, ...]
    algorithm: str
    ref: str = ""
    description: str = ""


class _Check(msgspec.Struct, frozen=True, kw_only=True):
    handle: str


class _Sign(
    msgspec.Struct,
    frozen=True,
    kw_only=True,
    rename={"credential": "credentialID", "sad": "SAD", "algorithm": "signAlgo"},
):
    credential: str
    sad: str
    hashes: tuple[str, ...]
    algorithm: str


class Request(msgspec.Struct, frozen=True, kw_only=True):
    """What a person is asked to confirm."""

    handle: str
    credential: str
    hashes: tuple[str, ...]
    about: str
    ref: str
    said: Literal["nothing", "yes", "no", "signed"] = "nothing"
    sad: str = ""


class TrialProvider:
    """Keeps keys, asks people, signs hashes. `answer` is its HTTP; people answer by `confirm`."""

    def __init__(
        self,
        now: Callable[[], datetime],
        kind: Kind = "p256",
        *,
        issuing_list: str = "",
        ocsp: str = "",
    ) -> None:
        """Keep keys of a kind; with the address of its list, an authority below issues for them.

        With an address for OCSP, that is where certificates say that one asks after them.
        """
        self._now = now
        self._kind: Kind = kind
        self._top = generate_private_key(SECP256R1())
        self._key = generate_private_key(SECP256R1()) if issuing_list else self._top
        self._issuing_list, self._ocsp = issuing_list, ocsp
        self.authority = self._authorised("Tỉnh-S trial root", self._top, self._top)
        self.issuing = self.authority
        if issuing_list:
            self.issuing = self._authorised("Tỉnh-S trial CA", self._key, self._top)
        self._kept: dict[str, tuple[PersonKey, bytes]] = {}
        self._gone: dict[int, datetime] = {}
        self.requests: dict[str, Request] = {}

    def answer(self, method: str, path: str, headers: Mapping[str, str], body: bytes) -> Reply:
        """Return status and body of what is asked; headers by their names in lower case."""
        if path.endswith("/ca.crl"):
            return 200, self._revoked(self.authority, self._top)
        if path.endswith("/issuing.crl"):
            return 200, self._revoked(self.issuing, self._key)
        if method != "POST":
            return 404, b""
        if path.endswith("/ocsp"):
            return 200, self._standing(body)
        if path.endswith("/oauth2/token"):
            return self._granted(headers, body)
        if headers.get("authorization") != f"Bearer {_TOKEN}":
            return 401, _refusal("invalid_token")
        try:
            return self._replied("/".join(path.split("/")[-2:]), body)
        except (msgspec.MsgspecError, KeyError, ValueError):
            return 400, _refusal("invalid_request")

    def confirm(self, handle: str, said: Literal["yes", "no"]) -> None:
        """Let the person answer, once. Raises KeyError for an unknown handle."""
        request = self.requests[handle]
        if request.said == "nothing":
            self.requests[handle] = replace(request, said=said)

    def revoke(self, paper: bytes) -> None:
        """Say that a certificate counts no more, on the list of whoever has issued it."""
        self._gone[x509.load_der_x509_certificate(paper).serial_number] = self._now()

    def paper(self, number: str) -> bytes:
        """Return the certificate of a person, in DER."""
        return self._of(f"key-{number}")[1]

    @property
    def above(self) -> tuple[bytes, ...]:
        """Return the authorities above a person's certificate, the one that issued it first."""
        return tuple(dict.fromkeys((self.issuing, self.authority)))

    def pem(self) -> str:
        """Return the authority's certificate as keepers of trust enter it."""
        found = x509.load_der_x509_certificate(self.authority)
        return found.public_bytes(Encoding.PEM).decode()

    def _granted(self, headers: Mapping[str, str], body: bytes) -> Reply:
        form = parse_qs(body.decode())
        is_known = headers.get("authorization", "").startswith("Basic ")
        if not is_known or form.get("grant_type") != ["client_credentials"]:
            return 401, _refusal("invalid_client")
        told = {"access_token": _TOKEN, "token_type": "Bearer", "expires_in": 3600}
        return 200, msgspec.json.encode(told)

    def _replied(self, method: str, body: bytes) -> Reply:
        match method:
            case "credentials/list":
                user = msgspec.json.decode(body, type=_List).user
                known = [] if user.endswith("999999") else [f"key-{user}"]
                return _told({"credentialIDs": known})
            case "credentials/info":
                return _told(self._card(msgspec.json.decode(body, type=_Asked).credential))
            case "credentials/authorize":
                return self._begun(msgspec.json.decode(body, type=_Authorize))
            case "credentials/authorizeCheck":
                return self._looked(msgspec.json.decode(body, type=_Check).handle)
            case "signatures/signHash":
                return self._signed(msgspec.json.decode(body, type=_Sign))
            case _:
                return 404, b""

    def _card(self, credential: str) -> Mapping[str, Any]:
        _, paper = self._of(credential)
        chain = [b64encode(each).decode() for each in (paper, *self.above)]
        return {
            "key": {"status": "enabled", "algo": _ALGORITHMS[self._kind], "len": 2048},
            "cert": {"status": "valid", "certificates": chain},
            "auth": {"mode": "explicit", "objects": []},
            "SCAL": "2",
            "multisign": 50,
        }

    def _begun(self, asked: _Authorize) -> Reply:
        self._of(asked.credential)
        if asked.algorithm != _SHA256 or asked.count != len(asked.hashes):
            raise ValueError
        known = next((r for r in self.requests.values() if asked.ref and r.ref == asked.ref), None)
        request = known or Request(
            handle=secrets.token_urlsafe(16),
            credential=asked.credential,
            hashes=asked.hashes,
            about=asked.description,
            ref=asked.ref,
        )
        self.requests[request.handle] = request
        return 202, msgspec.json.encode({"handle": request.handle})

    def _looked(self, handle: str) -> Reply:
        request = self.requests[handle]
        if request.said == "nothing":
            return 202, msgspec.json.encode({"handle": handle})
        if request.said == "no":
            return 400, _refusal("invalid_authentication_data")
        sad = request.sad or secrets.token_urlsafe(16)
        self.requests[handle] = replace(request, sad=sad)
        return _told({"SAD": sad, "expiresIn": 300})

    def _signed(self, asked: _Sign) -> Reply:
        request = next(r for r in self.requests.values() if r.sad and r.sad == asked.sad)
        if (request.credential, request.hashes) != (asked.credential, asked.hashes):
            raise ValueError
        if request.said != "yes" or asked.algorithm not in _ALGORITHMS[self._kind]:
            raise ValueError
        self.requests[request.handle] = replace(request, said="signed")
        return _told({"signatures": self.signatures(request, asked.algorithm)})

    def signatures(self, request: Request, algorithm: str = PKCS1) -> list[str]:
        """Return what a person's key signs of a request, in base64."""
        key, _ = self._of(request.credential)
        values = [_sign(key, algorithm, b64decode(each)) for each in request.hashes]
        return [b64encode(each).decode() for each in values]

    def _of(self, credential: str) -> tuple[PersonKey, bytes]:
        number = msgspec.convert(credential.removeprefix("key-"), Number)
        if credential not in self._kept:
            is_p256 = self._kind == "p256"
            key = generate_private_key(SECP256R1()) if is_p256 else generate_rsa(65537, 2048)
            self._kept[credential] = (key, self._certified(key, number))
        return self._kept[credential]

    def _certified(self, key: PersonKey, number: str) -> bytes:
        """Return a certificate as public authorities write them: the number is in the name."""
        above, now = x509.load_der_x509_certificate(self.issuing), self._now()
        name = x509.Name(
            [
                x509.NameAttribute(NameOID.USER_ID, f"CCCD:{number}"),
                x509.NameAttribute(NameOID.ORGANIZATION_NAME, NO_LEGAL_VALUE),
                x509.NameAttribute(NameOID.COMMON_NAME, "Người ký thử nghiệm"),
            ]
        )
        builder = certificates.dated(now, _LIVES).subject_name(name).issuer_name(above.subject)
        builder = builder.public_key(key.public_key())
        for each, is_critical in (
            (x509.BasicConstraints(ca=False, path_length=None), True),
            (certificates.usage("digital_signature", "content_commitment"), True),
            (x509.ExtendedKeyUsage([DOCUMENT_SIGNING]), False),
            (x509.SubjectKeyIdentifier.from_public_key(key.public_key()), False),
            (x509.AuthorityKeyIdentifier.from_issuer_public_key(self._key.public_key()), False),
        ):
            builder = builder.add_extension(each, critical=is_critical)
        if self._issuing_list:
            builder = builder.add_extension(_told_at(self._issuing_list), critical=False)
        if self._ocsp:
            builder = builder.add_extension(_asked_at(self._ocsp), critical=False)
        return builder.sign(self._key, SHA256()).public_bytes(Encoding.DER)

    def _authorised(
        self, called: str, key: EllipticCurvePrivateKey, by: EllipticCurvePrivateKey
    ) -> bytes:
        """Return the certificate of an authority: its own, or one that the top one issues."""
        name = _named(called)
        above = name if by is key else x509.load_der_x509_certificate(self.authority).subject
        builder = certificates.dated(self._now(), 2 * _LIVES).subject_name(name).issuer_name(above)
        builder = builder.public_key(key.public_key())
        length = 1 if by is key else 0
        for each, is_critical in (
            (x509.BasicConstraints(ca=True, path_length=length), True),
            (certificates.usage("key_cert_sign", "crl_sign"), True),
            (x509.SubjectKeyIdentifier.from_public_key(key.public_key()), False),
        ):
            builder = builder.add_extension(each, critical=is_critical)
        if self._issuing_list and by is not key:
            address = _told_at(self._issuing_list.replace("issuing", "ca"))
            builder = builder.add_extension(address, critical=False)
        return builder.sign(by, SHA256()).public_bytes(Encoding.DER)

    def _standing(self, question: bytes) -> bytes:
        """Return what OCSP says of a person's certificate."""
        serials = [
            x509.load_der_x509_certificate(paper).serial_number for _, paper in self._kept.values()
        ]
        known = {each: self._gone.get(each) for each in serials}
        by = (self._key, self.issuing)
        return revocation.answer(revocation.asked(question), Above(*by), by, known, self._now())

    def _revoked(self, authority: bytes, key: EllipticCurvePrivateKey) -> bytes:
        """Return an authority's list of whom it has revoked."""
        now, above = self._now(), x509.load_der_x509_certificate(authority)
        builder = x509.CertificateRevocationListBuilder(above.subject)
        builder = builder.last_update(now).next_update(now + _LIST_LIVES)
        for serial, at in self._gone.items():
            entry = x509.RevokedCertificateBuilder().serial_number(serial).revocation_date(at)
            builder = builder.add_revoked_certificate(entry.build())
        return builder.sign(key, SHA256()).public_bytes(Encoding.DER)


def _named(called: str) -> x509.Name:
    organisation = x509.NameAttribute(NameOID.ORGANIZATION_NAME, NO_LEGAL_VALUE)
    return x509.Name([organisation, x509.NameAttribute(NameOID.COMMON_NAME, called)])


def _told_at(url: str) -> x509.CRLDistributionPoints:
    point = x509.DistributionPoint([x509.UniformResourceIdentifier(url)], None, None, None)
    return x509.CRLDistributionPoints([point])


def _asked_at(url: str) -> x509.AuthorityInformationAccess:
    where = x509.UniformResourceIdentifier(url)
    return x509.AuthorityInformationAccess(
        [x509.AccessDescription(AuthorityInformationAccessOID.OCSP, where)]
    )


def _sign(key: PersonKey, algorithm: str, digest: bytes) -> bytes:
    if isinstance(key, EllipticCurvePrivateKey):
        return key.sign(digest, ECDSA(_PREHASHED))
    pss = PSS(MGF1(SHA256()), PSS.DIGEST_LENGTH)
    return key.sign(digest, pss if algorithm == _PSS else PKCS1v15(), _PREHASHED)


def _told(said: Mapping[str, Any]) -> Reply:
    return 200, msgspec.json.encode(said)


def _refusal(error: str) -> bytes:
    return msgspec.json.encode({"error": error, "error_description": error})
