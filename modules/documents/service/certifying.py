"""Certificates of public authorities: whether they count now, and whose they are."""

from typing import Final

from cryptography import x509
from cryptography.x509.oid import NameOID

from backend.kernel import Snapshot
from modules.documents.errors import CertificateNotYours
from modules.documents.model import algorithms, certificates, jws
from modules.documents.model.algorithms import ProviderHeader, SignerKey
from modules.documents.model.certificates import Vouched
from modules.documents.model.findings import Listing
from modules.documents.repository.signing import Certificate
from modules.documents.service import trusting

_NUMBER_IS: Final = ("CCCD:", "PID:")
"""How the authorities begin the attribute that holds a personal number."""


async def require_good(snapshot: Snapshot, der: bytes) -> Vouched:
    """Return what a certificate vouches for, if an authority of the trust store says so now.

    Raises `CertificateNotYours`: of an authority that nobody has entered, ended, not for documents,
    revoked, or one whose list of the revoked nobody has (what is not known is not valid).
    """
    listed = await _listed(snapshot)
    try:
        found = certificates.vouched(der, tuple(each.der for each in listed), snapshot.now)
    except certificates.Unfit as error:
        raise CertificateNotYours from error
    listing = next(each for each in listed if each.der == found.anchor)
    is_known = snapshot.now.timestamp() < listing.known_until
    if not is_known or found.serial in listing.revoked:
        raise CertificateNotYours
    return found


async def anchors(snapshot: Snapshot) -> tuple[bytes, ...]:
    """Return the authorities whose certificates of people count now."""
    return tuple(each.der for each in await _listed(snapshot))


async def _listed(snapshot: Snapshot) -> list[Listing]:
    return [
        each
        for each in await trusting.listings(snapshot)
        if each.tree not in {"tsa", "platform"} and each.covers(snapshot.now)
    ]


def number_of(der: bytes) -> str | None:
    """Return the personal number that a certificate names, if it names just one."""
    names = x509.load_der_x509_certificate(der).subject.get_attributes_for_oid(NameOID.USER_ID)
    said = [str(each.value) for each in names]
    found = {
        text.removeprefix(word) for text in said for word in _NUMBER_IS if text.startswith(word)
    }
    return found.pop() if len(found) == 1 else None


def best(vouched: Vouched, offered: tuple[algorithms.Algorithm, ...]) -> algorithms.Algorithm:
    """Return with what a key signs: PS256 if it is offered, else RS256.

    Raises `CertificateNotYours` when there is nothing.
    """
    for each in algorithms.fitting(vouched.key):
        if each in offered:
            return each
    raise CertificateNotYours


def key(der: bytes) -> SignerKey:
    """Return the key of a certificate. Raises `NotGenuine` for one that signs no documents."""
    found = x509.load_der_x509_certificate(der).public_key()
    if not isinstance(found, SignerKey):
        raise jws.NotGenuine
    return found


def header(snapshot: Snapshot, certificate: Certificate) -> jws.Header | ProviderHeader:
    """Return the head of what a person is about to sign with the key of a certificate."""
    iat, x5t = int(snapshot.now.timestamp()), jws.encoded(certificate.fingerprint)
    kid = algorithms.thumbprint(key(certificate.der))
    if certificate.provider is None:
        return jws.Header(alg="ES256", iat=iat, kid=kid, typ="tinhs-doc+jws", x5t_s256=x5t)
    return ProviderHeader(
        alg=certificate.algorithm,
        iat=iat,
        kid=kid,
        sub=certificate.subject_ref,
        typ="tinhs-doc+jws",
        x5t_s256=x5t,
    )
