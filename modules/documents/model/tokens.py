"""Timestamp tokens (RFC 3161 §2.4.2) taken apart.

Tokens of one authority differ in few places, such as the hash, the moment and the signature, and
are the same bytes everywhere else: tags, lengths, names, certificates. A token that is like one
that was believed before is read by its places; any other is read as the DER that it is.
"""

from collections.abc import Callable, Sequence
from datetime import datetime
from functools import lru_cache
from itertools import pairwise
from struct import Struct
from typing import Final, NamedTuple

from cryptography import x509
from cryptography.hazmat.primitives.asymmetric.types import CertificatePublicKeyTypes

from modules.documents.model import cms, der
from modules.documents.model.der import Place, oid

TST_INFO: Final = oid("1.2.840.113549.1.9.16.1.4")
_HASHES: Final = {
    oid("2.16.840.1.101.3.4.2.1"): "sha256",
    oid("2.16.840.1.101.3.4.2.2"): "sha384",
    oid("2.16.840.1.101.3.4.2.3"): "sha512",
}
_SIMPLE: Final = {der.OCTETS, der.UTC_TIME, der.GENERALIZED_TIME}
_PAPERS_MAX: Final = 8
_SHAPES_MAX: Final = 64
_SIGNER: Final = (0, 1, 0, -1, 0)
"""The way down to the SignerInfo."""
_INFO: Final = (0, 1, 0, 2, 1)
"""The way down to what holds the TSTInfo."""


class NotStamped(Exception):
    """The token does not show that an authority of ours saw this hash."""


class Stamper(NamedTuple):
    """Who is said to have signed a token, by the certificate in it."""

    paper: bytes
    key: CertificatePublicKeyTypes
    serial: str
    """The certificate's serial number, in hexadecimal."""
    since: datetime
    until: datetime


class Token(NamedTuple):
    """What a token says, and what there is to check of it."""

    by: Stamper
    hashed: str
    """With what the attributes are hashed, as `hashlib` calls it."""
    info: bytes
    imprint: bytes
    """The MessageImprint: an algorithm and a hash."""
    moment: bytes
    attributes: bytes
    """What is signed."""
    digest: bytes
    """What the attributes say that the hash of `info` is."""
    value: bytes


def read(raw: bytes) -> Token:
    """Return a token taken apart, of which nothing is believed yet. Raises `NotStamped`."""
    return like_another(raw) or parsed(raw)


def like_another(raw: bytes) -> Token | None:
    """Return a token taken apart, if it is like one that is remembered."""
    for shape in _shapes.get(len(raw), ()):
        if shape.cut(raw)[::2] == shape.same:
            return shape.read(raw)
    return None


def parsed(raw: bytes) -> Token:
    """Return a token taken apart, whatever its shape. Raises `NotStamped`."""
    try:
        return _parsed(raw)
    except NotStamped:
        raise
    except Exception as error:  # allow: nothing_blind_is_caught, because a library reads anything
        raise NotStamped from error


def remember(raw: bytes, token: Token) -> None:
    """Read others like this one by its places. Only for tokens of somebody who is believed."""
    shape = _shape(raw, token)
    if shape.read(raw) != token:
        return  # its attributes are in an order of their own
    if sum(map(len, _shapes.values())) >= _SHAPES_MAX:
        _shapes.clear()
    _shapes[len(raw)] = (*_shapes.get(len(raw), ()), shape)


class _Shape(NamedTuple):
    """Where tokens of one authority and length differ, and the bytes between that are the same."""

    cut: Callable[[bytes], tuple[bytes, ...]]
    same: tuple[bytes, ...]
    by: Stamper
    hashed: str
    info: slice
    imprint: slice
    moment: slice
    attributes: slice
    digest: slice
    value: slice

    def read(self, raw: bytes) -> Token:
        """Return what parsing would: each tag and each length is where it was."""
        return Token(
            self.by,
            self.hashed,
            raw[self.info],
            raw[self.imprint],
            raw[self.moment],
            b"\x31" + raw[self.attributes],
            raw[self.digest],
            raw[self.value],
        )


_shapes: Final[dict[int, tuple[_Shape, ...]]] = {}
"""By the length of a token."""


def _shape(raw: bytes, token: Token) -> _Shape:
    info, facts = der.places(raw, *_INFO)[0], der.places(raw, *_INFO, 0, 0)
    imprinted = der.places(raw, *_INFO, 0, 0, 2)[1]
    signer, said = der.places(raw, *_SIGNER), _attributes(raw)
    numbers = (each for each in facts[5:] if raw[each.start] == der.INTEGER)
    simple = (each for each in said.values() if raw[each.start] in _SIMPLE)
    own = [imprinted, *facts[3:5], *numbers, *simple, signer[5]]
    ends = [0, *(end for each in own for end in (each.body, each.end)), len(raw)]
    cut = Struct("".join(f"{b - a}s" for a, b in pairwise(ends))).unpack
    return _Shape(
        cut=cut,
        same=cut(raw)[::2],
        by=token.by,
        hashed=token.hashed,
        info=info.held(),
        imprint=slice(facts[2].start, facts[2].end),
        moment=slice(facts[4].body, facts[4].body + len(token.moment)),
        attributes=slice(signer[3].start + 1, signer[3].end),
        digest=said[cms.MESSAGE_DIGEST].held(),
        value=signer[5].held(),
    )


def _attributes(raw: bytes) -> dict[bytes, Place]:
    """Return where the first value of each signed attribute is, by its kind."""
    found: dict[bytes, Place] = {}
    for number, _ in enumerate(der.places(raw, *_SIGNER, 3)):
        kind, _ = der.places(raw, *_SIGNER, 3, number)
        found[raw[kind.start : kind.end]] = der.places(raw, *_SIGNER, 3, number, 1)[0]
    return found


def _parsed(raw: bytes) -> Token:
    kind, wrapped = der.read(raw, der.SEQUENCE).parts()
    data = wrapped.parts()[0].parts()
    content_kind, content = data[2].parts()
    info = content.parts()[0].body
    if kind.whole != cms.SIGNED_DATA or content_kind.whole != TST_INFO:
        raise NotStamped
    papers = [each.whole for each in data[3].parts()] if data[3].tag == der.CONTEXT_0 else []
    (signed_by,) = data[-1].parts()
    parts = signed_by.parts()
    attributes = der.set_of(*(each.whole for each in parts[3].parts()))
    said = cms.attributes(attributes)
    if said[cms.CONTENT_TYPE].whole != TST_INFO:
        raise NotStamped
    facts = der.read(info, der.SEQUENCE).parts()
    return Token(
        by=_of_signer(papers, parts[1]),
        hashed=_HASHES[parts[2].parts()[0].whole],
        info=info,
        imprint=facts[2].whole,
        moment=facts[4].body[:14],
        attributes=attributes,
        digest=said[cms.MESSAGE_DIGEST].body,
        value=parts[5].body,
    )


def _of_signer(papers: Sequence[bytes], sid: der.Element) -> Stamper:
    for paper in papers[:_PAPERS_MAX]:
        if cms.identifier(paper) == sid.whole:
            return stamper(paper)
    raise NotStamped


@lru_cache(maxsize=256)
def stamper(paper: bytes) -> Stamper:
    """Return what a certificate says. Raises what the library raises for bytes that are none."""
    found = x509.load_der_x509_certificate(paper)
    return Stamper(
        paper=paper,
        key=found.public_key(),
        serial=f"{found.serial_number:x}",
        since=found.not_valid_before_utc,
        until=found.not_valid_after_utc,
    )
