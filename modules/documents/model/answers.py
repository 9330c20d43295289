"""What authorities outside say of one certificate: OCSP (RFC 6960), or their list (RFC 5280 §5)."""

from contextlib import suppress
from datetime import datetime, timedelta
from typing import Final, Literal, NamedTuple

import msgspec
from cryptography import x509
from cryptography.exceptions import InvalidSignature, UnsupportedAlgorithm
from cryptography.hazmat.primitives.asymmetric.ec import ECDSA, EllipticCurvePublicKey
from cryptography.hazmat.primitives.asymmetric.padding import PKCS1v15
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPublicKey
from cryptography.hazmat.primitives.hashes import SHA1, SHA224
from cryptography.hazmat.primitives.serialization import Encoding
from cryptography.x509 import ocsp
from cryptography.x509.oid import AuthorityInformationAccessOID, ExtendedKeyUsageOID

from modules.documents.model import trusting
from modules.documents.model.trusting import NotAList

BYTES_MAX: Final = 256 << 10
"""Of an answer: it lies in every document that rests on it."""
_SKEW: Final = timedelta(minutes=5)
_WEAK: Final = (SHA1, SHA224)
_UNREADABLE: Final = (
    ValueError,
    TypeError,
    UnsupportedAlgorithm,
    InvalidSignature,
    x509.InvalidVersion,
    x509.DuplicateExtension,
    x509.UnsupportedGeneralNameType,
    x509.ExtensionNotFound,
)


class NotAnAnswer(Exception):
    """The bytes do not say, signed and for today, how the certificate stands."""


class Places(NamedTuple):
    """Where one asks after a certificate, as it says itself."""

    ocsp: str | None
    crl: str | None


class Kept(NamedTuple):
    """What was said and is kept with a document, of whomever."""

    ocsp_responses: tuple[bytes, ...] = ()
    crls: tuple[bytes, ...] = ()


class Answer(msgspec.Struct, frozen=True, kw_only=True):
    """What was said of a certificate (by its SHA-256), as it came, and until when it counts."""

    certificate_sha256: bytes
    kind: Literal["ocsp", "crl"]
    raw: bytes
    this_update: datetime
    next_update: datetime
    revoked_at: datetime | None


def places(paper: x509.Certificate) -> Places:
    """Return where a certificate says that one asks after it."""
    try:
        told = paper.extensions
        answered = _ocsp_of(told)
        listed = _crl_of(told)
    except _UNREADABLE:
        return Places(None, None)
    return Places(answered, listed)


def question(paper: x509.Certificate, above: x509.Certificate) -> bytes:
    """Return an OCSP request; certificates are named by SHA-1, as responders expect (RFC 5019)."""
    builder = ocsp.OCSPRequestBuilder().add_certificate(paper, above, SHA1())  # noqa: S303
    return builder.build().public_bytes(Encoding.DER)


def read_ocsp(
    raw: bytes, paper: x509.Certificate, above: x509.Certificate, now: datetime
) -> Answer:
    """Return what a response says today, signed by the authority or whom it lets answer.

    Raises `NotAnAnswer`, also for `unknown` and for what does not say until when it counts.
    """
    return _of_today(_ocsp_answer(raw, paper, above, now), now)


def read_crl(raw: bytes, paper: x509.Certificate, above: x509.Certificate, now: datetime) -> Answer:
    """Return what the authority's list says of a certificate today. Raises `NotAnAnswer`."""
    return _of_today(_crl_answer(raw, paper, above), now)


def recorded(kept: Kept, paper: bytes, above: bytes, at: datetime, until: datetime) -> list[Answer]:
    """Return what was said of a certificate that still counted at a moment, or was said after it.

    `until` is when somebody else saw that these answers were there: none may be of later.
    """
    asked, by = (x509.load_der_x509_certificate(each) for each in (paper, above))
    found: list[Answer] = []
    for raw in kept.ocsp_responses:
        with suppress(NotAnAnswer):
            found.append(_ocsp_answer(raw, asked, by, None))
    for raw in kept.crls:
        with suppress(NotAnAnswer):
            found.append(_crl_answer(raw, asked, by))
    return [each for each in found if each.this_update <= until + _SKEW and at < each.next_update]


def _ocsp_answer(
    raw: bytes, paper: x509.Certificate, above: x509.Certificate, now: datetime | None
) -> Answer:
    """Return what a response says; whoever answered was to do so now, or else when they did."""
    try:
        found = ocsp.load_der_ocsp_response(raw)
        if found.response_status is not ocsp.OCSPResponseStatus.SUCCESSFUL:
            raise NotAnAnswer
        (said,) = (each for each in found.responses if _is_about(each, paper, above))
        this_update, next_update = said.this_update_utc, said.next_update_utc
        _require_signature(found, _responder(found, above, now or this_update))
    except _UNREADABLE as error:
        raise NotAnAnswer from error
    if said.certificate_status is ocsp.OCSPCertStatus.UNKNOWN or next_update is None:
        raise NotAnAnswer
    return _answer(paper, "ocsp", raw, (this_update, next_update), said.revocation_time_utc)


def _crl_answer(raw: bytes, paper: x509.Certificate, above: x509.Certificate) -> Answer:
    try:
        said = trusting.read_list(raw, above.public_bytes(Encoding.DER))
    except NotAList as error:
        raise NotAnAnswer from error
    revoked_at = said.revoked.get(f"{paper.serial_number:x}")
    window = (said.this_update, said.next_update)
    return _answer(paper, "crl", raw, window, revoked_at)


def _answer(
    paper: x509.Certificate,
    kind: Literal["ocsp", "crl"],
    raw: bytes,
    window: tuple[datetime, datetime],
    revoked_at: datetime | None,
) -> Answer:
    return Answer(
        certificate_sha256=trusting.fingerprint(paper.public_bytes(Encoding.DER)),
        kind=kind,
        raw=raw,
        this_update=window[0],
        next_update=window[1],
        revoked_at=revoked_at,
    )


def _of_today(answer: Answer, now: datetime) -> Answer:
    if not answer.this_update <= now + _SKEW or now >= answer.next_update:
        raise NotAnAnswer
    return answer


def _is_about(
    said: ocsp.OCSPSingleResponse, paper: x509.Certificate, above: x509.Certificate
) -> bool:
    asked = ocsp.load_der_ocsp_request(question(paper, above))
    return (
        said.serial_number == asked.serial_number
        and isinstance(said.hash_algorithm, SHA1)
        and said.issuer_key_hash == asked.issuer_key_hash
        and said.issuer_name_hash == asked.issuer_name_hash
    )


def _responder(
    found: ocsp.OCSPResponse, above: x509.Certificate, now: datetime
) -> x509.Certificate:
    """Return who has answered: the authority, or one that it lets answer (RFC 6960 §4.2.2.2)."""
    for each in found.certificates[:8]:
        if each == above:
            continue
        each.verify_directly_issued_by(above)
        purposes = each.extensions.get_extension_for_class(x509.ExtendedKeyUsage).value
        is_current = each.not_valid_before_utc <= now <= each.not_valid_after_utc
        if ExtendedKeyUsageOID.OCSP_SIGNING not in purposes or not is_current:
            raise NotAnAnswer
        return each
    return above


def _require_signature(found: ocsp.OCSPResponse, by: x509.Certificate) -> None:
    key, algorithm = by.public_key(), found.signature_hash_algorithm
    if algorithm is None or isinstance(algorithm, _WEAK):
        raise NotAnAnswer
    if isinstance(key, EllipticCurvePublicKey):
        key.verify(found.signature, found.tbs_response_bytes, ECDSA(algorithm))
    elif isinstance(key, RSAPublicKey):
        key.verify(found.signature, found.tbs_response_bytes, PKCS1v15(), algorithm)
    else:
        raise NotAnAnswer


def _ocsp_of(told: x509.Extensions) -> str | None:
    try:
        found = told.get_extension_for_class(x509.AuthorityInformationAccess).value
    except x509.ExtensionNotFound:
        return None
    return next(
        (
            each.access_location.value
            for each in found
            if each.access_method == AuthorityInformationAccessOID.OCSP
            and isinstance(each.access_location, x509.UniformResourceIdentifier)
            and trusting.is_callable(each.access_location.value)
        ),
        None,
    )


def _crl_of(told: x509.Extensions) -> str | None:
    try:
        found = told.get_extension_for_class(x509.CRLDistributionPoints).value
    except x509.ExtensionNotFound:
        return None
    names = (name for point in found for name in point.full_name or ())
    return next(
        (
            name.value
            for name in names
            if isinstance(name, x509.UniformResourceIdentifier) and trusting.is_callable(name.value)
        ),
        None,
    )
