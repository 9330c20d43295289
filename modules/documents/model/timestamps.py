"""Timestamps (RFC 3161): asked for, given by a developer's authority, and looked at by anyone."""

import hashlib
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
from cryptography.x509.oid import ExtendedKeyUsageOID

from modules.documents.model import certificates, cms, der, tokens
from modules.documents.model.der import NotDer, integer, octets, oid, sequence
from modules.documents.model.tokens import TST_INFO, NotStamped, Stamper, Token

_POLICY: Final = oid("1.3.6.1.4.1.32473.1.1")  # of the arc for examples (RFC 5612): a developer's
_REQUEST_BYTES_MAX: Final = 1024
_BOOLEAN_TRUE: Final = b"\x01\x01\xff"
_ACCURACY_SECONDS: Final = 1
_SHA256_WITH_NULL: Final = sequence(cms.SHA256[2:], b"\x05\x00")
_HASHES: Final = {each.name: each for each in (hashes.SHA256(), hashes.SHA384(), hashes.SHA512())}
_ECDSA: Final = {name: ECDSA(each) for name, each in _HASHES.items()}
_IMPRINT, _IMPRINT_WITH_NULL = (
    sequence(each, octets(bytes(32)))[:-32] for each in (cms.SHA256, _SHA256_WITH_NULL)
)
"""What comes before the hash in a MessageImprint (RFC 3161 §2.4.1) of SHA-256."""


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
    kinds = {cms.SHA256, _SHA256_WITH_NULL}
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
        der.der(der.GENERALIZED_TIME, at.astimezone(UTC).strftime("%Y%m%d%H%M%SZ").encode()),
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
    return stamp(raw, digest, anchors).at


class Stamp(NamedTuple):
    """A moment at which somebody saw a hash, and who says so."""

    at: datetime
    by: Stamper


def stamp(raw: bytes, digest: bytes, anchors: Sequence[bytes]) -> Stamp:
    """Return the same, and by whom it was seen. Raises `NotStamped`."""
    try:
        return _stamp(raw, digest, anchors)
    except NotStamped:
        raise
    except Exception as error:  # allow: nothing_blind_is_caught, because a library reads anything
        raise NotStamped from error


def _stamp(raw: bytes, digest: bytes, anchors: Sequence[bytes]) -> Stamp:
    known = tokens.like_another(raw)
    token = known or tokens.parsed(raw)
    if not _is_of(token, digest):
        raise NotStamped
    at = _moment(token)
    # First whose it is: a stranger's key may be one that takes long to reckon with.
    if not token.by.since <= at <= token.by.until or issuer_among(token.by.paper, anchors) is None:
        raise NotStamped
    _require_signature(token)
    if known is None:
        tokens.remember(raw, token)
    return Stamp(at, token.by)


def require_answer(raw: bytes, digest: bytes, nonce: int) -> None:
    """Return if a token is for this hash and number, and is signed by the certificate in it.

    Whose certificate that is, is another question. Raises `NotStamped`.
    """
    token = tokens.read(raw)
    _require_signature(token)
    facts = der.read(token.info, der.SEQUENCE).parts()
    try:
        numbers = [der.number(each) for each in facts[5:] if each.tag == der.INTEGER]
    except NotDer as error:
        raise NotStamped from error
    if not _is_of(token, digest) or numbers != [nonce]:
        raise NotStamped


def authority_of(raw: bytes) -> bytes:
    """Return the certificate (DER) of the authority that gave a token. Raises `NotStamped`."""
    return tokens.read(raw).by.paper


def claimed_at(raw: bytes) -> datetime:
    """Return the moment that a token says; nobody has looked at its signature. Raises `NotStamped`.

    For tokens that were looked at when they came.
    """
    return _moment(tokens.read(raw))


def good_until(raw: bytes) -> datetime:
    """Return until when the certificate of a token's authority is good. Raises `NotStamped`."""
    return tokens.read(raw).by.until


def _is_of(token: Token, digest: bytes) -> bool:
    return token.imprint in (_IMPRINT + digest, _IMPRINT_WITH_NULL + digest)


def _moment(token: Token) -> datetime:
    try:
        return der.moment(token.moment.decode())
    except ValueError as error:
        raise NotStamped from error


def _require_signature(token: Token) -> None:
    if hashlib.new(token.hashed, token.info).digest() != token.digest:
        raise NotStamped
    key = token.by.key
    try:
        if isinstance(key, EllipticCurvePublicKey):
            key.verify(token.value, token.attributes, _ECDSA[token.hashed])
        elif isinstance(key, RSAPublicKey):
            key.verify(token.value, token.attributes, PKCS1v15(), _HASHES[token.hashed])
        else:
            raise NotStamped
    except NotStamped:
        raise
    except Exception as error:  # allow: nothing_blind_is_caught, because a library reads anything
        raise NotStamped from error


def issuer_among(paper: bytes, anchors: Sequence[bytes]) -> bytes | None:
    """Return which of the anchors has issued an authority's certificate, for timestamps alone."""
    return _issuer_among(paper, tuple(anchors))


@lru_cache(maxsize=256)
def _issuer_among(paper: bytes, anchors: tuple[bytes, ...]) -> bytes | None:
    try:
        certificate = x509.load_der_x509_certificate(paper)
        purposes = certificate.extensions.get_extension_for_class(x509.ExtendedKeyUsage)
    except (*certificates.UNREADABLE, x509.ExtensionNotFound):
        return None
    if not purposes.critical or list(purposes.value) != [ExtendedKeyUsageOID.TIME_STAMPING]:
        return None
    for anchor in anchors:
        # Two authorities may have one name, such as one that has turned its key.
        with suppress(*certificates.UNREADABLE, InvalidSignature):
            certificate.verify_directly_issued_by(x509.load_der_x509_certificate(anchor))
            return anchor
    return None
