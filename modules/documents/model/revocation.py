"""Revocation as the pilot's authority tells it: OCSP (RFC 6960) and a list (RFC 5280 §5)."""

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Final

from cryptography import x509
from cryptography.hazmat.primitives.asymmetric.ec import EllipticCurvePrivateKey
from cryptography.hazmat.primitives.hashes import SHA1, SHA256, Hash
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from cryptography.x509 import ocsp

from modules.documents.model.certificates import Above

_GOOD_FOR: Final = timedelta(days=1)
_REQUEST_BYTES_MAX: Final = 4096
_HASHES: Final = (SHA1, SHA256)


def response(
    above: Above,
    responder: tuple[EllipticCurvePrivateKey, bytes],
    certificate: bytes,
    revoked_at: datetime | None,
    now: datetime,
) -> bytes:
    """Return what OCSP says of one of the authority's certificates."""
    issuer = x509.load_der_x509_certificate(above.certificate)
    paper = x509.load_der_x509_certificate(certificate)
    key, own = responder
    builder = ocsp.OCSPResponseBuilder().add_response(
        cert=paper,
        issuer=issuer,
        algorithm=SHA256(),
        cert_status=_status(revoked_at),
        this_update=now.replace(microsecond=0),
        next_update=now.replace(microsecond=0) + _GOOD_FOR,
        revocation_time=revoked_at,
        revocation_reason=None,
    )
    paper_of_key = x509.load_der_x509_certificate(own)
    builder = builder.responder_id(ocsp.OCSPResponderEncoding.HASH, paper_of_key)
    signed = builder.certificates([paper_of_key]).sign(key, SHA256())
    return signed.public_bytes(Encoding.DER)


def asked(raw: bytes) -> ocsp.OCSPRequest | None:
    """Return what somebody asks, or None when it is no request."""
    if len(raw) > _REQUEST_BYTES_MAX:
        return None
    try:
        return ocsp.load_der_ocsp_request(raw)
    except (ValueError, NotImplementedError):
        return None


def answer(
    request: ocsp.OCSPRequest | None,
    above: Above,
    responder: tuple[EllipticCurvePrivateKey, bytes],
    issued: Mapping[int, datetime | None],
    now: datetime,
) -> bytes:
    """Return the answer to a request about one certificate. `issued` names those that exist."""
    if request is None:
        return _refused(ocsp.OCSPResponseStatus.MALFORMED_REQUEST)
    issuer = x509.load_der_x509_certificate(above.certificate)
    algorithm = request.hash_algorithm
    if not isinstance(algorithm, _HASHES) or request.serial_number not in issued:
        return _refused(ocsp.OCSPResponseStatus.UNAUTHORIZED)
    if request.issuer_key_hash != _key_hash(issuer, algorithm):
        return _refused(ocsp.OCSPResponseStatus.UNAUTHORIZED)
    revoked_at = issued[request.serial_number]
    key, own = responder
    paper_of_key = x509.load_der_x509_certificate(own)
    builder = ocsp.OCSPResponseBuilder().add_response_by_hash(
        issuer_name_hash=request.issuer_name_hash,
        issuer_key_hash=request.issuer_key_hash,
        serial_number=request.serial_number,
        algorithm=algorithm,
        cert_status=_status(revoked_at),
        this_update=now.replace(microsecond=0),
        next_update=now.replace(microsecond=0) + _GOOD_FOR,
        revocation_time=revoked_at,
        revocation_reason=None,
    )
    builder = builder.responder_id(ocsp.OCSPResponderEncoding.HASH, paper_of_key)
    for extension in request.extensions:
        if isinstance(extension.value, x509.OCSPNonce):
            builder = builder.add_extension(extension.value, critical=False)
    signed = builder.certificates([paper_of_key]).sign(key, SHA256())
    return signed.public_bytes(Encoding.DER)


def crl(above: Above, revoked: Mapping[int, datetime], now: datetime) -> bytes:
    """Return the list of everything that was revoked."""
    issuer = x509.load_der_x509_certificate(above.certificate)
    moment = now.replace(microsecond=0)
    builder = (
        x509.CertificateRevocationListBuilder()
        .issuer_name(issuer.subject)
        .last_update(moment)
        .next_update(moment + _GOOD_FOR)
        .add_extension(x509.CRLNumber(int(moment.timestamp())), critical=False)
        .add_extension(
            x509.AuthorityKeyIdentifier.from_issuer_public_key(above.key.public_key()),
            critical=False,
        )
    )
    for serial, revoked_at in sorted(revoked.items()):
        entry = x509.RevokedCertificateBuilder().serial_number(serial)
        builder = builder.add_revoked_certificate(entry.revocation_date(revoked_at).build())
    return builder.sign(above.key, SHA256()).public_bytes(Encoding.DER)


def _status(revoked_at: datetime | None) -> ocsp.OCSPCertStatus:
    return ocsp.OCSPCertStatus.GOOD if revoked_at is None else ocsp.OCSPCertStatus.REVOKED


def _refused(status: ocsp.OCSPResponseStatus) -> bytes:
    return ocsp.OCSPResponseBuilder.build_unsuccessful(status).public_bytes(Encoding.DER)


def _key_hash(issuer: x509.Certificate, algorithm: SHA1 | SHA256) -> bytes:
    """Return the hash of the authority's key without its wrapping (RFC 6960 §4.1.1)."""
    point = issuer.public_key().public_bytes(Encoding.X962, PublicFormat.UncompressedPoint)
    hashed = Hash(algorithm)
    hashed.update(point)
    return hashed.finalize()
