"""CMS signatures as PAdES has them (RFC 5652, ETSI EN 319 122-1 and 319 142-1).

A signature is written in one way; what is read is written again and compared.
"""

from collections.abc import Mapping
from functools import lru_cache
from hashlib import sha256
from typing import Final, NamedTuple

from cryptography import x509
from cryptography.hazmat.primitives.asymmetric.ec import EllipticCurvePublicKey

from modules.documents.model import algorithms, der, jws
from modules.documents.model.algorithms import PSS_SHA256, Algorithm, SignerKey
from modules.documents.model.der import NotDer, integer, octets, oid, sequence, set_of

DATA: Final = oid("1.2.840.113549.1.7.1")
SIGNED_DATA: Final = oid("1.2.840.113549.1.7.2")
CONTENT_TYPE: Final = oid("1.2.840.113549.1.9.3")
MESSAGE_DIGEST: Final = oid("1.2.840.113549.1.9.4")
SIGNING_CERTIFICATE_V2: Final = oid("1.2.840.113549.1.9.16.2.47")
_TIMESTAMP_TOKEN: Final = oid("1.2.840.113549.1.9.16.2.14")
SHA256: Final = sequence(oid("2.16.840.1.101.3.4.2.1"))
_NAMED: Final[Mapping[Algorithm, bytes]] = {
    "ES256": sequence(oid("1.2.840.10045.4.3.2")),
    "PS256": sequence(oid("1.2.840.113549.1.1.10"), PSS_SHA256),
    "RS256": sequence(oid("1.2.840.113549.1.1.11"), b"\x05\x00"),
}
_READ: Final[Mapping[bytes, Algorithm]] = {
    _NAMED["ES256"]: "ES256",
    _NAMED["PS256"]: "PS256",
    _NAMED["RS256"]: "RS256",
}
_IMPLICIT_0: Final = der.CONTEXT_0
_IMPLICIT_1: Final = der.CONTEXT_1
_CERTIFICATES_MAX: Final = 8


class Signed(NamedTuple):
    """A signature in a file: who made it, over which hash, and when somebody else saw it."""

    certificates: tuple[bytes, ...]
    """The signer's first, then those above it."""
    digest: bytes
    value: bytes
    token: bytes | None
    algorithm: Algorithm = "ES256"

    def attributes(self) -> bytes:
        """Return the bytes that the signer's key has signed."""
        return signed_attributes(self.digest, self.certificates[0])


def signed_attributes(digest: bytes, certificate: bytes, content_type: bytes = DATA) -> bytes:
    """Return what a device signs: kind and hash of the file, and the hash of its certificate."""
    # The hash's algorithm is left out where it is SHA-256 (RFC 5035 §3).
    named = sequence(sequence(sequence(octets(sha256(certificate).digest()))))
    return set_of(
        sequence(CONTENT_TYPE, set_of(content_type)),
        sequence(MESSAGE_DIGEST, set_of(octets(digest))),
        sequence(SIGNING_CERTIFICATE_V2, set_of(named)),
    )


def written(signed: Signed) -> bytes:
    """Return the signature as a file carries it."""
    unsigned = b""
    if signed.token is not None:
        held = sequence(_TIMESTAMP_TOKEN, set_of(signed.token))
        unsigned = der.der(_IMPLICIT_1, held)
    return enveloped(
        signed.certificates,
        sequence(DATA),
        signer(
            signed.certificates[0], signed.attributes(), signed.value, unsigned, signed.algorithm
        ),
    )


def enveloped(certificates: tuple[bytes, ...], encapsulated: bytes, signed_by: bytes) -> bytes:
    """Return a ContentInfo with one SignerInfo; the version follows from what is inside."""
    version = 1 if encapsulated == sequence(DATA) else 3
    inner = sequence(
        integer(version),
        set_of(SHA256),
        encapsulated,
        der.der(_IMPLICIT_0, *sorted(certificates)),
        set_of(signed_by),
    )
    return sequence(SIGNED_DATA, der.der(der.CONTEXT_0, inner))


def signer(
    certificate: bytes,
    attributes: bytes,
    value: bytes,
    unsigned: bytes = b"",
    algorithm: Algorithm = "ES256",
) -> bytes:
    """Return a SignerInfo; the `value` of ES256 is in DER."""
    return sequence(
        integer(1),
        identifier(certificate),
        SHA256,
        # In its place the SET has a tag of its own; what is signed is the SET (RFC 5652 §5.4).
        bytes((_IMPLICIT_0,)) + attributes[1:],
        _NAMED[algorithm],
        octets(value),
        unsigned,
    )


@lru_cache(maxsize=4096)
def identifier(certificate: bytes) -> bytes:
    """Return the IssuerAndSerialNumber of a certificate: one person's comes back often."""
    paper = x509.load_der_x509_certificate(certificate)
    return sequence(paper.issuer.public_bytes(), integer(paper.serial_number))


def read(raw: bytes) -> Signed:
    """Return the signature of these bytes. Raises `NotDer` unless we would write the same."""
    try:
        found = _read(raw)
        if written(found) != raw:
            raise NotDer
    except NotDer:
        raise
    except Exception as error:  # allow: nothing_blind_is_caught, because a library reads anything
        raise NotDer from error
    return found


def _read(raw: bytes) -> Signed:
    data = der.read(raw, der.SEQUENCE).parts()[1].parts()[0].parts()
    papers = tuple(each.whole for each in data[3].parts())
    parts = data[4].parts()[0].parts()
    if len(papers) > _CERTIFICATES_MAX or parts[3].tag != _IMPLICIT_0:
        raise NotDer
    signed = der.set_of(*(each.whole for each in parts[3].parts()))
    token = None
    if len(parts) > 6:
        token = parts[6].parts()[0].parts()[1].parts()[0].whole
    digest = attributes(signed)[MESSAGE_DIGEST].body
    ordered = _signer_first(papers, parts[1])
    algorithm = _READ[parts[4].whole]
    return Signed(ordered, digest, parts[5].body, token, algorithm)


def verify(key: SignerKey, signed: Signed) -> None:
    """Return if the signature is the key's. Raises `jws.NotGenuine`."""
    if isinstance(key, EllipticCurvePublicKey) and signed.algorithm == "ES256":
        jws.verify_der(key, signed.attributes(), signed.value)
    else:
        algorithms.verify(signed.algorithm, key, signed.attributes(), signed.value)


def attributes(signed: bytes) -> dict[bytes, der.Element]:
    """Return the first value of each signed attribute, by its kind. Raises `NotDer`."""
    found: dict[bytes, der.Element] = {}
    for each in der.read(signed, der.SET).parts():
        kind, values = each.parts()
        if kind.whole in found:
            raise NotDer
        found[kind.whole] = values.parts()[0]
    return found


def _signer_first(papers: tuple[bytes, ...], sid: der.Element) -> tuple[bytes, ...]:
    for paper in papers:
        if identifier(paper) == sid.whole:
            return (paper, *(each for each in papers if each != paper))
    raise NotDer
