"""Timestamps (RFC 3161): asked for, given by a developer's authority, and looked at by anyone."""

from collections.abc import Sequence
from contextlib import suppress
from datetime import UTC, datetime
from functools import lru_cache
from hashlib import sha256
from typing import Final, NamedTuple

from cryptography import x509
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric.ec import (
    ECDSA,
    EllipticCurvePrivateKey,
    EllipticCurvePublicKey,
)
from cryptography.hazmat.primitives.asymmetric.padding import PKCS1v15
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPublicKey
from cryptography.hazmat.primitives.serialization import Encoding
from cryptography.x509.oid import ExtendedKeyUsageOID

from modules.documents.model import cms, der
from modules.documents.model.der import NotDer, integer, octets, oid, sequence

TST_INFO: Final = oid("1.2.840.113549.1.9.16.1.4")
_POLICY: Final = oid("1.3.6.1.4.1.32473.1.1")  # of the arc for examples (RFC 5612): a developer's
_REQUEST_BYTES_MAX: Final = 1024
_GENERALIZED_TIME: Final = 0x18
_BOOLEAN_TRUE: Final = b"\x01\x01\xff"
_ACCURACY_SECONDS: Final = 1
_HASHES: Final[dict[bytes, hashes.HashAlgorithm]] = {
    oid("2.16.840.1.101.3.4.2.1"): hashes.SHA256(),
    oid("2.16.840.1.101.3.4.2.2"): hashes.SHA384(),
    oid("2.16.840.1.101.3.4.2.3"): hashes.SHA512(),
}


class NotStamped(Exception):
    """The token does not show that an authority of ours saw this hash."""


class Asked(NamedTuple):
    """What somebody wants a timestamp for."""

    digest: bytes
    nonce: int | None
    wants_certificate: bool


class Authority(NamedTuple):
    """Who gives timestamps: its key, its certificate, and the one above."""

    key: EllipticCurvePrivateKey
    certificate: bytes
    above: bytes


def request(digest: bytes, nonce: int) -> bytes:
    """Return a TimeStampReq for a SHA-256."""
    imprint = sequence(cms.SHA256, octets(digest))
    return sequence(integer(1), imprint, integer(nonce), _BOOLEAN_TRUE)


def asked(raw: bytes) -> Asked:
    """Return what a TimeStampReq asks for; SHA-256 alone. Raises `NotDer`."""
    if len(raw) > _REQUEST_BYTES_MAX:
        raise NotDer
    parts = der.read(raw, der.SEQUENCE).parts()
    try:
        algorithm, digest = parts[1].parts()
    except (ValueError, IndexError) as error:
        raise NotDer from error
    kinds = {cms.SHA256, cms.SHA256[:1] + b"\x0d" + cms.SHA256[2:] + b"\x05\x00"}
    if algorithm.whole not in kinds or digest.tag != der.OCTETS or len(digest.body) != 32:
        raise NotDer
    rest = {each.tag: each for each in parts[2:]}
    nonce = None if der.INTEGER not in rest else der.number(rest[der.INTEGER])
    return Asked(digest.body, nonce, 0x01 in rest)


def token(wish: Asked, authority: Authority, serial: int, at: datetime) -> bytes:
    """Return a TimeStampToken for a hash at a moment."""
    info = sequence(
        integer(1),
        _POLICY,
        sequence(cms.SHA256, octets(wish.digest)),
        integer(serial),
        der.der(_GENERALIZED_TIME, at.astimezone(UTC).strftime("%Y%m%d%H%M%SZ").encode()),
        sequence(integer(_ACCURACY_SECONDS)),
        b"" if wish.nonce is None else integer(wish.nonce),
    )
    attributes = cms.signed_attributes(sha256(info).digest(), authority.certificate, TST_INFO)
    value = authority.key.sign(attributes, ECDSA(hashes.SHA256()))
    encapsulated = sequence(TST_INFO, der.der(der.CONTEXT_0, octets(info)))
    papers = (authority.certificate, authority.above) if wish.wants_certificate else ()
    return cms.enveloped(papers, encapsulated, cms.signer(authority.certificate, attributes, value))


def granted(found: bytes) -> bytes:
    """Return a TimeStampResp that carries a token."""
    return sequence(sequence(integer(0)), found)


def refused() -> bytes:
    """Return a TimeStampResp that says: bad data format."""
    return sequence(sequence(integer(2), der.der(0x03, b"\x02\x04")))


def answered(raw: bytes) -> bytes:
    """Return the token of a TimeStampResp. Raises `NotStamped`."""
    try:
        status, found = der.read(raw, der.SEQUENCE).parts()
        if der.number(status.parts()[0]) > 1:
            raise NotStamped
    except (NotDer, ValueError, IndexError) as error:
        raise NotStamped from error
    return found.whole


def stamped_at(raw: bytes, digest: bytes, anchors: Sequence[bytes]) -> datetime:
    """Return when an authority below one of `anchors` saw a SHA-256. Raises `NotStamped`.

    Its certificate must be for timestamps and nothing else, and good at that moment.
    """
    try:
        return _stamped_at(raw, digest, anchors)
    except NotStamped:
        raise
    except Exception as error:  # allow: nothing_blind_is_caught, because a library reads anything
        raise NotStamped from error


def require_answer(raw: bytes, digest: bytes, nonce: int) -> None:
    """Return if a token is for this hash and number, and is signed by the certificate in it.

    Whose certificate that is, is another question. Raises `NotStamped`.
    """
    try:
        signed = _read(raw)
        _require_signature(signed)
        facts = der.read(signed.info, der.SEQUENCE).parts()
        numbers = [der.number(each) for each in facts[5:] if each.tag == der.INTEGER]
    except NotStamped:
        raise
    except Exception as error:  # allow: nothing_blind_is_caught, because a library reads anything
        raise NotStamped from error
    if facts[2].whole not in _imprints(digest) or numbers != [nonce]:
        raise NotStamped


def authority_of(raw: bytes) -> bytes:
    """Return the certificate (DER) of the authority that gave a token. Raises `NotStamped`."""
    return _authority(raw).public_bytes(Encoding.DER)


def serial_of(raw: bytes) -> str:
    """Return the serial number (hexadecimal) of that certificate. Raises `NotStamped`."""
    return f"{_authority(raw).serial_number:x}"


def claimed_at(raw: bytes) -> datetime:
    """Return the moment that a token says; nobody has looked at its signature. Raises `NotStamped`.

    For tokens that were looked at when they came.
    """
    try:
        facts = der.read(_read(raw).info, der.SEQUENCE).parts()
        return der.moment(facts[4].body.decode()[:14])
    except (NotDer, ValueError, IndexError) as error:
        raise NotStamped from error


def good_until(raw: bytes) -> datetime:
    """Return until when the certificate of a token's authority is good. Raises `NotStamped`."""
    return _authority(raw).not_valid_after_utc


def _authority(raw: bytes) -> x509.Certificate:
    try:
        data = der.read(raw, der.SEQUENCE).parts()[1].parts()[0].parts()
        papers = [each.whole for each in data[3].parts()] if data[3].tag == der.CONTEXT_0 else []
        (signed_by,) = data[-1].parts()
        return _of_signer(papers, signed_by.parts()[1])
    except (NotDer, ValueError, IndexError) as error:
        raise NotStamped from error


def _stamped_at(raw: bytes, digest: bytes, anchors: Sequence[bytes]) -> datetime:
    token = _read(raw)
    facts = der.read(token.info, der.SEQUENCE).parts()
    if facts[2].whole not in _imprints(digest):
        raise NotStamped
    at = der.moment(facts[4].body.decode()[:14])
    # First whose it is: a stranger's key may be one that takes long to reckon with.
    _require_authority(token.paper, anchors, at)
    _require_signature(token)
    return at


class _Token(NamedTuple):
    """A token taken apart: who is said to have signed it, and what."""

    paper: x509.Certificate
    info: bytes
    algorithm: bytes
    attributes: bytes
    value: bytes


def _read(raw: bytes) -> _Token:
    kind, wrapped = der.read(raw, der.SEQUENCE).parts()
    data = wrapped.parts()[0].parts()
    content_kind, content = data[2].parts()
    info = content.parts()[0].body
    if kind.whole != cms.SIGNED_DATA or content_kind.whole != TST_INFO:
        raise NotStamped
    papers = [each.whole for each in data[3].parts()] if data[3].tag == der.CONTEXT_0 else []
    (signed_by,) = data[-1].parts()
    parts = signed_by.parts()
    paper = _of_signer(papers, parts[1])
    attributes = der.set_of(*(each.whole for each in parts[3].parts()))
    return _Token(paper, info, parts[2].parts()[0].whole, attributes, parts[5].body)


def _imprints(digest: bytes) -> set[bytes]:
    with_null = cms.SHA256[:1] + b"\x0d" + cms.SHA256[2:] + b"\x05\x00"
    return {sequence(each, octets(digest)) for each in (cms.SHA256, with_null)}


def _of_signer(papers: Sequence[bytes], sid: der.Element) -> x509.Certificate:
    for paper in papers[:8]:
        if cms.identifier(paper) == sid.whole:
            return _loaded(paper)
    raise NotStamped


@lru_cache(maxsize=256)
def _loaded(paper: bytes) -> x509.Certificate:
    return x509.load_der_x509_certificate(paper)


def _require_signature(token: _Token) -> None:
    kind = _HASHES.get(token.algorithm)
    if kind is None:
        raise NotStamped
    hashed = hashes.Hash(kind)
    hashed.update(token.info)
    said = cms.attributes(token.attributes)
    if said[cms.MESSAGE_DIGEST].body != hashed.finalize():
        raise NotStamped
    if said[cms.CONTENT_TYPE].whole != TST_INFO:
        raise NotStamped
    key = token.paper.public_key()
    if isinstance(key, EllipticCurvePublicKey):
        key.verify(token.value, token.attributes, ECDSA(kind))
    elif isinstance(key, RSAPublicKey):
        key.verify(token.value, token.attributes, PKCS1v15(), kind)
    else:
        raise NotStamped


def _require_authority(paper: x509.Certificate, anchors: Sequence[bytes], at: datetime) -> None:
    if not paper.not_valid_before_utc <= at <= paper.not_valid_after_utc:
        raise NotStamped
    if _issuer_among(paper, tuple(anchors)) is None:
        raise NotStamped


def issuer_among(paper: bytes, anchors: Sequence[bytes]) -> bytes | None:
    """Return which of the anchors has issued an authority's certificate, for timestamps alone."""
    try:
        return _issuer_among(_loaded(paper), tuple(anchors))
    except (ValueError, TypeError, x509.ExtensionNotFound, x509.DuplicateExtension):
        return None


@lru_cache(maxsize=256)
def _issuer_among(paper: x509.Certificate, anchors: tuple[bytes, ...]) -> bytes | None:
    """Return the anchor that has issued it, for timestamps and nothing else."""
    purposes = paper.extensions.get_extension_for_class(x509.ExtendedKeyUsage)
    if not purposes.critical or list(purposes.value) != [ExtendedKeyUsageOID.TIME_STAMPING]:
        return None
    for anchor in anchors:
        # Two authorities may have one name, such as one that has turned its key.
        with suppress(ValueError, TypeError, InvalidSignature):
            paper.verify_directly_issued_by(x509.load_der_x509_certificate(anchor))
            return anchor
    return None
