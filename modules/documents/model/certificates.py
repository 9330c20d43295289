"""Certificates of devices: asked for with proof of possession, issued by the pilot's authority."""

from datetime import datetime, timedelta
from functools import lru_cache
from hashlib import sha256
from typing import Final, NamedTuple

from cryptography import x509
from cryptography.exceptions import InvalidSignature, UnsupportedAlgorithm
from cryptography.hazmat.primitives.asymmetric.ec import (
    EllipticCurvePrivateKey,
    EllipticCurvePublicKey,
)
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPublicKey
from cryptography.hazmat.primitives.asymmetric.utils import encode_dss_signature
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from cryptography.x509.oid import (
    AuthorityInformationAccessOID,
    ExtendedKeyUsageOID,
    NameOID,
    ObjectIdentifier,
)

from modules.documents.model import algorithms, der
from modules.documents.model.algorithms import SignerKey

NO_LEGAL_VALUE: Final = "THỬ NGHIỆM - KHÔNG CÓ GIÁ TRỊ PHÁP LÝ"
DOCUMENT_SIGNING: Final = ObjectIdentifier("1.3.6.1.5.5.7.3.36")
"""Extended key usage of RFC 9336."""
LIVES: Final = timedelta(days=365)
_STEPS_MAX: Final = 5
_SEAL_LIVES: Final = timedelta(days=3 * 365)
_AUTHORITY_LIVES: Final = timedelta(days=3650)
# Of the arc for examples (RFC 5612): certificates of a pilot, that nobody need take.
_PILOT_POLICY: Final = ObjectIdentifier("1.3.6.1.4.1.32473.1.2")
_ECDSA_WITH_SHA256: Final = bytes.fromhex("300a06082a8648ce3d040302")
# What the parser raises for strangers' bytes; none of it may become an answer of ours.
UNREADABLE: Final = (
    ValueError,
    TypeError,
    UnsupportedAlgorithm,
    x509.InvalidVersion,
    x509.DuplicateExtension,
    x509.UnsupportedGeneralNameType,
)
_CRITICAL: Final = {x509.KeyUsage, x509.BasicConstraints, x509.ExtendedKeyUsage}


class Unfit(Exception):
    """A certificate does not vouch for its key; says why in the words of EN 319 102-1."""

    def __init__(self, subindication: str) -> None:
        super().__init__(subindication)
        self.subindication = subindication


class NotPossessed(Exception):
    """Whoever asks for a certificate has not shown that the private key is theirs."""


def request(key: EllipticCurvePublicKey, ref: str) -> bytes:
    """Return the CertificationRequestInfo (RFC 2986 §4.1) that the device has to sign."""
    spki = key.public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)
    return der.sequence(der.integer(0), _named(ref).public_bytes(), spki, b"\xa0\x00")


def proved(info: bytes, signature: bytes) -> EllipticCurvePublicKey:
    """Return the key of a request that the device has signed (r and s, 32 bytes each)."""
    if len(signature) != 64:
        raise NotPossessed
    r, s = (int.from_bytes(half, "big") for half in (signature[:32], signature[32:]))
    bits = der.der(0x03, b"\0", encode_dss_signature(r, s))
    asked = x509.load_der_x509_csr(der.sequence(info, _ECDSA_WITH_SHA256, bits))
    key = asked.public_key()
    if not isinstance(key, EllipticCurvePublicKey) or not asked.is_signature_valid:
        raise NotPossessed
    return key


def authority(key: EllipticCurvePrivateKey, now: datetime) -> bytes:
    """Return the pilot's own certificate. Its very name says that it has no legal value."""
    name = x509.Name(
        [
            x509.NameAttribute(NameOID.COUNTRY_NAME, "VN"),
            x509.NameAttribute(NameOID.ORGANIZATION_NAME, NO_LEGAL_VALUE),
            x509.NameAttribute(NameOID.COMMON_NAME, "Tỉnh-S pilot CA"),
        ]
    )
    certificate = (
        dated(now, _AUTHORITY_LIVES)
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .add_extension(x509.BasicConstraints(ca=True, path_length=0), critical=True)
        .add_extension(usage("key_cert_sign", "crl_sign"), critical=True)
        .add_extension(x509.SubjectKeyIdentifier.from_public_key(key.public_key()), critical=False)
        .sign(key, SHA256())
    )
    return certificate.public_bytes(Encoding.DER)


class Addresses(NamedTuple):
    """Where anyone asks after a certificate."""

    ocsp: str
    crl: str


class Above(NamedTuple):
    """An authority that issues: its key, its certificate, its addresses."""

    key: EllipticCurvePrivateKey
    certificate: bytes
    addresses: Addresses | None = None


def issued(above: Above, key: EllipticCurvePublicKey, ref: str, now: datetime) -> x509.Certificate:
    """Return a device's certificate: for signing documents, for a year, naming nobody."""
    return _leaf(above, key, ref, now, LIVES).sign(above.key, SHA256())


def sealing(above: Above, key: EllipticCurvePublicKey, name: str, now: datetime) -> bytes:
    """Return an organisation's certificate for its seal."""
    return _der_of(_leaf(above, key, name, now, _SEAL_LIVES), above)


def stamping(above: Above, key: EllipticCurvePublicKey, now: datetime) -> bytes:
    """Return the certificate of the pilot's timestamp authority: for timestamps alone."""
    purpose = x509.ExtendedKeyUsage([ExtendedKeyUsageOID.TIME_STAMPING])
    builder = _below(above, key, "Tỉnh-S pilot TSA", now, _AUTHORITY_LIVES)
    return _der_of(_addressed(builder.add_extension(purpose, critical=True), above), above)


def answering(above: Above, key: EllipticCurvePublicKey, now: datetime) -> bytes:
    """Return the certificate of whoever answers for revocations (RFC 6960 §4.2.2.2)."""
    purpose = x509.ExtendedKeyUsage([ExtendedKeyUsageOID.OCSP_SIGNING])
    builder = _below(above, key, "Tỉnh-S pilot OCSP", now, _AUTHORITY_LIVES)
    builder = builder.add_extension(purpose, critical=False)
    return _der_of(builder.add_extension(x509.OCSPNoCheck(), critical=False), above)


def _leaf(
    above: Above, key: EllipticCurvePublicKey, name: str, now: datetime, lives: timedelta
) -> x509.CertificateBuilder:
    builder = _below(above, key, name, now, lives).add_extension(
        x509.ExtendedKeyUsage([DOCUMENT_SIGNING]), critical=False
    )
    policies = x509.CertificatePolicies([x509.PolicyInformation(_PILOT_POLICY, None)])
    return _addressed(builder.add_extension(policies, critical=False), above)


def _addressed(builder: x509.CertificateBuilder, above: Above) -> x509.CertificateBuilder:
    """Say where one asks whether it was revoked: who validates looks there, or not at all."""
    if above.addresses is None:
        return builder
    ocsp = x509.AccessDescription(
        AuthorityInformationAccessOID.OCSP, _address(above.addresses.ocsp)
    )
    crl = x509.DistributionPoint([_address(above.addresses.crl)], None, None, None)
    return builder.add_extension(
        x509.AuthorityInformationAccess([ocsp]), critical=False
    ).add_extension(x509.CRLDistributionPoints([crl]), critical=False)


def _address(uri: str) -> x509.UniformResourceIdentifier:
    return x509.UniformResourceIdentifier(uri)


def _below(
    above: Above, key: EllipticCurvePublicKey, name: str, now: datetime, lives: timedelta
) -> x509.CertificateBuilder:
    issuer = x509.load_der_x509_certificate(above.certificate).subject
    identifier = x509.AuthorityKeyIdentifier.from_issuer_public_key(above.key.public_key())
    return (
        dated(now, lives)
        .subject_name(_named(name))
        .issuer_name(issuer)
        .public_key(key)
        .add_extension(x509.BasicConstraints(ca=False, path_length=None), critical=True)
        .add_extension(usage("digital_signature", "content_commitment"), critical=True)
        .add_extension(x509.SubjectKeyIdentifier.from_public_key(key), critical=False)
        .add_extension(identifier, critical=False)
    )


def _der_of(builder: x509.CertificateBuilder, above: Above) -> bytes:
    return builder.sign(above.key, SHA256()).public_bytes(Encoding.DER)


class Vouched(NamedTuple):
    """A key that a certificate vouches for: whose it is, and its thumbprint (RFC 7638).

    And the certificate, by its hash and its serial number, both in hexadecimal, and who issued it.
    """

    key: SignerKey
    ref: str
    thumbprint: str
    sha256: str
    serial: str
    anchor: bytes


class _Chained(NamedTuple):
    vouched: Vouched
    valid: tuple[datetime, datetime]
    above: tuple[datetime, datetime] | None
    is_for_documents: bool


def vouched(der: bytes, anchors: tuple[bytes, ...], at: datetime) -> Vouched:
    """Return the key that a certificate vouches for at a moment, and the name of its owner.

    Raises `Unfit`.
    """
    found = _chained(der, anchors)
    if found.above is None or not found.above[0] <= at <= found.above[1]:
        raise Unfit("NO_CERTIFICATE_CHAIN_FOUND")
    if not found.valid[0] <= at <= found.valid[1]:
        raise Unfit("OUT_OF_BOUNDS_NO_POE")
    if not found.is_for_documents:
        raise Unfit("CHAIN_CONSTRAINTS_FAILURE")
    return found.vouched


@lru_cache(maxsize=4096)
def _chained(der: bytes, anchors: tuple[bytes, ...]) -> _Chained:
    """Return what does not depend on the moment: one person's certificate comes back often."""
    try:
        certificate = x509.load_der_x509_certificate(der)
        extensions = certificate.extensions
        key = certificate.public_key()
    except UNREADABLE as error:
        raise Unfit("CERTIFICATE_FORMAT_FAILURE") from error
    is_taken = isinstance(key, EllipticCurvePublicKey | RSAPublicKey)
    if not is_taken or not algorithms.fitting(key):
        raise Unfit("CRYPTO_CONSTRAINTS_FAILURE")
    windows = ((anchor, _window(certificate, anchor)) for anchor in anchors)
    anchor, above = next((each for each in windows if each[1] is not None), (b"", None))
    named = (sha256(der).hexdigest(), f"{certificate.serial_number:x}", anchor)
    return _Chained(
        vouched=Vouched(key, _ref(certificate), algorithms.thumbprint(key), *named),
        valid=(certificate.not_valid_before_utc, certificate.not_valid_after_utc),
        above=above,
        is_for_documents=_is_for_documents(extensions),
    )


@lru_cache(maxsize=4096)
def issuer_among(der: bytes, anchors: tuple[bytes, ...]) -> bytes | None:
    """Return which of the anchors has issued a certificate."""
    certificate = x509.load_der_x509_certificate(der)
    return next((each for each in anchors if _window(certificate, each) is not None), None)


class Step(NamedTuple):
    """A certificate, and that of whoever has issued it."""

    paper: bytes
    above: bytes


def steps(der: bytes, anchors: tuple[bytes, ...]) -> tuple[Step, ...]:
    """Return how a certificate leads upwards, as far as anchors are above one another."""
    found: list[Step] = []
    above = issuer_among(der, anchors)
    while above not in (None, der) and len(found) < _STEPS_MAX:
        found.append(Step(der, above))
        der, above = above, issuer_among(above, anchors)
    return tuple(found)


def _window(certificate: x509.Certificate, anchor: bytes) -> tuple[datetime, datetime] | None:
    """Return from when until when the anchor holds, if it has issued the certificate."""
    above = x509.load_der_x509_certificate(anchor)
    try:
        certificate.verify_directly_issued_by(above)
    except (*UNREADABLE, InvalidSignature):
        return None
    return above.not_valid_before_utc, above.not_valid_after_utc


def _is_for_documents(extensions: x509.Extensions) -> bool:
    if any(each.critical and type(each.value) not in _CRITICAL for each in extensions):
        return False
    try:
        usage = extensions.get_extension_for_class(x509.KeyUsage).value
        purposes = extensions.get_extension_for_class(x509.ExtendedKeyUsage).value
        constraints = extensions.get_extension_for_class(x509.BasicConstraints).value
    except x509.ExtensionNotFound:
        return False
    signs = usage.digital_signature and usage.content_commitment
    return signs and DOCUMENT_SIGNING in purposes and not constraints.ca


def _ref(certificate: x509.Certificate) -> str:
    try:
        names = certificate.subject.get_attributes_for_oid(NameOID.COMMON_NAME)
    except UNREADABLE:
        return ""
    return str(names[0].value) if len(names) == 1 else ""


def _named(ref: str) -> x509.Name:
    return x509.Name(
        [
            x509.NameAttribute(NameOID.ORGANIZATION_NAME, NO_LEGAL_VALUE),
            x509.NameAttribute(NameOID.COMMON_NAME, ref),
        ]
    )


def dated(now: datetime, lives: timedelta) -> x509.CertificateBuilder:
    """Begin a certificate that holds from now on."""
    start = now.replace(microsecond=0)
    serial = x509.random_serial_number()
    builder = x509.CertificateBuilder().serial_number(serial)
    return builder.not_valid_before(start).not_valid_after(start + lives)


def usage(*granted: str) -> x509.KeyUsage:
    """Return what a key may be used for (RFC 5280 §4.2.1.3)."""
    names = (
        "digital_signature",
        "content_commitment",
        "key_encipherment",
        "data_encipherment",
        "key_agreement",
        "key_cert_sign",
        "crl_sign",
        "encipher_only",
        "decipher_only",
    )
    return x509.KeyUsage(**{name: name in granted for name in names})
