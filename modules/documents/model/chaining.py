"""Authorities between a person's certificate and one of the trust store (RFC 5280 §6)."""

from collections.abc import Sequence
from datetime import datetime
from typing import Final, NamedTuple

from cryptography import x509
from cryptography.exceptions import InvalidSignature, UnsupportedAlgorithm
from cryptography.hazmat.primitives.serialization import Encoding

from modules.documents.model import trusting

_STEPS_MAX: Final = 4
_UNDERSTOOD: Final = {x509.KeyUsage, x509.BasicConstraints}
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


class Link(NamedTuple):
    """An authority that leads to one of the trust store, and where it says whom it revoked.

    The address stands in what it has issued, which is believed once it leads there.
    """

    der: bytes
    issuer: bytes
    crl_url: str


def links(chain: Sequence[bytes], anchors: Sequence[bytes], at: datetime) -> tuple[Link, ...]:
    """Return who leads from the first certificate to an anchor, the one below the anchor first.

    Nothing, when an anchor has issued it itself, or nobody whom we understand leads to one.
    """
    try:
        papers = [x509.load_der_x509_certificate(each) for each in chain]
        roots = {each: x509.load_der_x509_certificate(each) for each in anchors}
        return _walked(papers, roots, at)
    except _UNREADABLE:
        return ()


def _walked(
    papers: Sequence[x509.Certificate], roots: dict[bytes, x509.Certificate], at: datetime
) -> tuple[Link, ...]:
    found: list[Link] = []
    below = papers[0]
    for between in range(_STEPS_MAX):
        anchor = next((der for der, root in roots.items() if _has_issued(root, below)), None)
        if anchor is not None:
            allowed = _length(roots[anchor])
            is_short = allowed is None or between <= allowed
            return _from_above(found, anchor) if is_short else ()
        above = next((each for each in papers[1:] if _has_issued(each, below)), None)
        if above is None or not _may_issue(above, between, at):
            return ()
        address = _address(below)
        if address is None:
            return ()
        found.append(Link(above.public_bytes(Encoding.DER), b"", address))
        below = above
    return ()


def _from_above(found: Sequence[Link], anchor: bytes) -> tuple[Link, ...]:
    issuers = [*(each.der for each in found[1:]), anchor]
    pairs = [each._replace(issuer=by) for each, by in zip(found, issuers, strict=False)]
    return tuple(reversed(pairs))


def _has_issued(above: x509.Certificate, below: x509.Certificate) -> bool:
    try:
        below.verify_directly_issued_by(above)
    except _UNREADABLE:
        return False
    return True


def _may_issue(paper: x509.Certificate, between: int, at: datetime) -> bool:
    """Tell whether it is an authority now, with so many below it that are authorities too."""
    if any(each.critical and type(each.value) not in _UNDERSTOOD for each in paper.extensions):
        return False
    allowed = _length(paper)
    is_current = paper.not_valid_before_utc <= at <= paper.not_valid_after_utc
    return is_current and trusting.is_authority(paper) and (allowed is None or between <= allowed)


def _length(paper: x509.Certificate) -> int | None:
    return paper.extensions.get_extension_for_class(x509.BasicConstraints).value.path_length


def _address(paper: x509.Certificate) -> str | None:
    """Return where whoever issued this says whom they have revoked."""
    points = paper.extensions.get_extension_for_class(x509.CRLDistributionPoints).value
    names = [name for point in points for name in point.full_name or ()]
    addresses = [each.value for each in names if isinstance(each, x509.UniformResourceIdentifier)]
    return next((each for each in addresses if trusting.is_callable(each)), None)
