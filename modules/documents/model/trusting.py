"""The trust store: who decides whose certificates count, from when until when."""

from collections.abc import Sequence
from datetime import UTC, datetime
from hashlib import sha256
from typing import Annotated, Final, Literal, NamedTuple, TypeAlias
from urllib.parse import urlsplit
from uuid import UUID

import msgspec
from cryptography import x509
from cryptography.exceptions import InvalidSignature, UnsupportedAlgorithm
from cryptography.hazmat.primitives.asymmetric.ec import EllipticCurvePublicKey
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPublicKey
from cryptography.hazmat.primitives.serialization import Encoding
from msgspec import Meta

from contracts.documents import Text

Tree: TypeAlias = Literal["neac", "vgca", "platform", "tsa", "foreign", "dev"]
"""Where an authority stands: below the national root, of the state, of a platform; or a timestamp
authority, somebody abroad, a developer."""
Action: TypeAlias = Literal["add", "distrust"]

_CERTIFICATES_MAX: Final = 200
_REVOKED_MAX: Final = 100_000
_FIRST_DAY: Final = datetime(1990, 1, 1, tzinfo=UTC)
_LAST_DAY: Final = datetime(2200, 1, 1, tzinfo=UTC)
_OF_A_PART: Final = (x509.IssuingDistributionPoint, x509.DeltaCRLIndicator)
_UNREADABLE: Final = (
    ValueError,
    TypeError,
    UnsupportedAlgorithm,
    x509.InvalidVersion,
    x509.DuplicateExtension,
    x509.UnsupportedGeneralNameType,
)


class NoAuthority(Exception):
    """Something in the list is no certificate of an authority."""


class NotAList(Exception):
    """The bytes are no revocation list that the authority has signed."""


Instant = Annotated[datetime, Meta(tz=True)]


class TrustOrder(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What somebody proposes: one authority, or a list of them; another person decides."""

    action: Action
    tree: Tree
    certificates: Annotated[str, Meta(min_length=1, max_length=1 << 20)]
    """PEM, one after another."""
    since: Instant
    """The first moment at which a signature counts."""
    until: Instant | None = None
    """The last one; of `distrust` it is wanted, and may lie in the past."""
    crl_url: Annotated[str, Meta(max_length=500)] | None = None
    """Where they publish whom they have revoked. Without it nothing of theirs is ever current."""
    reason: Text


class TrustDecision(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What the second person says."""

    accepted: bool


class TrustChange(msgspec.Struct, frozen=True, kw_only=True):
    """A change of the trust store, as it is kept for ever."""

    id: UUID
    action: Action
    tree: Tree
    sha256: tuple[str, ...]
    """Of each certificate."""
    since: datetime
    until: datetime | None
    crl_url: str | None
    reason: str
    proposed_by: UUID
    proposed_at: datetime
    accepted: bool | None
    """Null while it waits for a second person."""
    decided_by: UUID | None
    decided_at: datetime | None


class Anchor(msgspec.Struct, frozen=True, kw_only=True):
    """An authority whose certificates count, and how far we know whom it has revoked."""

    sha256: str
    subject: str
    tree: Tree
    since: datetime
    until: datetime | None
    crl_url: str | None
    revocations_known_until: datetime | None
    below: str | None
    """The SHA-256 of the authority that leads to it, where no two people have entered it itself."""


class RevocationList(NamedTuple):
    """What a list says: which serial numbers, and from when until when it is to be believed."""

    this_update: datetime
    next_update: datetime
    revoked: dict[str, datetime]
    raw: bytes
    """The list itself, as the authority has signed it."""


def authorities(pem: str) -> Sequence[bytes]:
    """Return the certificates of a list, in DER. Raises `NoAuthority`."""
    try:
        found = x509.load_pem_x509_certificates(pem.encode("ascii"))
        if len(found) > _CERTIFICATES_MAX or not all(map(is_authority, found)):
            raise NoAuthority
    except (*_UNREADABLE, x509.ExtensionNotFound) as error:
        raise NoAuthority from error
    return [*dict.fromkeys(each.public_bytes(Encoding.DER) for each in found)]


def is_authority(paper: x509.Certificate) -> bool:
    """Tell whether a certificate is one of an authority, with a key that lasts.

    Raises what `cryptography` does for what it cannot read.
    """
    key = paper.public_key()
    if isinstance(key, RSAPublicKey):
        is_strong = key.key_size >= 2048
    else:
        is_strong = isinstance(key, EllipticCurvePublicKey) and key.curve.key_size >= 256
    usage = paper.extensions.get_extension_for_class(x509.KeyUsage).value
    constraints = paper.extensions.get_extension_for_class(x509.BasicConstraints).value
    return is_strong and constraints.ca and usage.key_cert_sign


def subject(der: bytes) -> str:
    """Return the name of an authority, for people."""
    return x509.load_der_x509_certificate(der).subject.rfc4514_string()


def serial(der: bytes) -> str:
    """Return a serial number as lists of the revoked are kept."""
    return f"{x509.load_der_x509_certificate(der).serial_number:x}"


def fingerprint(der: bytes) -> bytes:
    """Return SHA-256."""
    return sha256(der).digest()


def is_callable(url: str) -> bool:
    """Tell whether an address is one that we would ever ask: no name or password in it."""
    try:
        parts = urlsplit(url)
        is_named = bool(parts.hostname) and (parts.port or 80) > 0
    except ValueError:
        return False
    return parts.scheme in {"http", "https"} and is_named and "@" not in parts.netloc


def is_a_time(since: datetime, until: datetime | None) -> bool:
    """Tell whether a signature can be of this time: of our days, and it ends after it began."""
    ends = until or since
    return _FIRST_DAY <= since <= ends <= _LAST_DAY


def read_list(raw: bytes, anchor: bytes) -> RevocationList:
    """Return what a revocation list says (RFC 5280 §5), if this authority has signed it.

    Raises `NotAList`, also for one that speaks of a part of its certificates only, or says
    something critical that we do not understand.
    """
    above = x509.load_der_x509_certificate(anchor)
    key = above.public_key()
    try:
        found = x509.load_der_x509_crl(raw)
        if not isinstance(key, EllipticCurvePublicKey | RSAPublicKey):
            raise NotAList
        if found.issuer != above.subject or not found.is_signature_valid(key):
            raise NotAList
        if any(map(_is_beyond_us, found.extensions)) or len(found) > _REVOKED_MAX:
            raise NotAList
        this_update, next_update = found.last_update_utc, found.next_update_utc
        revoked = {f"{each.serial_number:x}": each.revocation_date_utc for each in found}
    except (*_UNREADABLE, InvalidSignature) as error:
        raise NotAList from error
    if next_update is None:
        raise NotAList
    return RevocationList(this_update, next_update, revoked, raw)


def _is_beyond_us(said: x509.Extension[x509.ExtensionType]) -> bool:
    """Tell of what limits a list to some certificates, also where an authority forgot the flag."""
    return said.critical or isinstance(said.value, _OF_A_PART)
