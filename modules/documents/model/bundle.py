"""A document as it travels: content, signatures, and the evidence that they were there in time."""

from typing import Annotated, Final

import msgspec
from msgspec import UNSET, Meta, UnsetType

from modules.documents.model import stores
from modules.documents.model.answers import Kept
from modules.documents.model.hashtree import Timestamp
from modules.documents.model.jws import NotGenuine, Signature, decoded, encoded

BYTES_MAX = 2 << 20
_REVOCATIONS_MAX: Final = 32
_REVOCATIONS_BYTES_MAX: Final = 384 << 10

Certificate = Annotated[str, Meta(max_length=8192)]
"""A certificate in base64url. What is read of one is remembered: none may be as long as a file."""


class LogEvidence(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Proof that the log holds the document, under a checkpoint that a witness has signed."""

    checkpoint: Annotated[str, Meta(max_length=16_384)]
    entry: Annotated[str, Meta(max_length=1024)]
    index: Annotated[int, Meta(ge=0)]
    proof: Annotated[tuple[str, ...], Meta(max_length=64)]


class ExternalId(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A number that somebody has given the document since, and the proof that the log holds it.

    The line's second hash is the SHA-256 of `<name> <salt> <value>`; neither name nor salt has a
    space, or the same hash could be read in two ways.
    """

    name: Annotated[str, Meta(pattern="^[a-z][a-z-]{0,39}$")]
    salt: Annotated[str, Meta(pattern="^[0-9a-f]{32}$")]
    value: Annotated[str, Meta(min_length=1, max_length=400)]
    log: LogEvidence


class Revocations(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What was said of signers and authorities when the document was finished, as the PDF has it.

    OCSP responses (RFC 6960) and lists (RFC 5280 §5) in base64url. The log's line holds their hash,
    so nobody has to look at them who knows more recently whom an authority has revoked.
    """

    crls: Annotated[tuple[str, ...], Meta(max_length=32)] = ()
    ocsp: Annotated[tuple[str, ...], Meta(max_length=32)] = ()


class Evidence(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What a verifier needs besides the signatures: certificates in their order, and the log."""

    certificates: Annotated[tuple[Certificate, ...], Meta(max_length=32)]
    log: LogEvidence | None = None
    timestamps: Annotated[tuple[Timestamp, ...], Meta(min_length=1, max_length=32)] | UnsetType = (
        UNSET
    )
    """When an authority saw each signature; a document of before there were any has none."""
    external_ids: (
        Annotated[tuple[ExternalId, ...], Meta(min_length=1, max_length=32)] | UnsetType
    ) = UNSET
    """Numbers given since; left out where there are none, as in bundles of before."""
    revocations: Revocations | UnsetType = UNSET
    """Left out where the log's line does not hold its hash, as of documents of before."""


class Bundle(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """JWS in General JSON form (RFC 7515 §7.2.1) with one member more, `evidence`."""

    evidence: Evidence
    payload: Annotated[str, Meta(max_length=1_398_104)]
    signatures: Annotated[tuple[Signature, ...], Meta(min_length=1, max_length=32)]


def stamps(evidence: Evidence) -> tuple[Timestamp, ...]:
    """Return the timestamps of a bundle, in the order of the signatures."""
    return () if evidence.timestamps is UNSET else evidence.timestamps


def revocations(evidence: stores.Evidence) -> Revocations | UnsetType:
    """Return what a PDF says of certificates, as a bundle carries it; nothing if too large."""
    ocsp, crls = evidence.ocsp_responses, evidence.crls
    size, count = sum(map(len, (*ocsp, *crls))), len(ocsp) + len(crls)
    if not count or count > _REVOCATIONS_MAX or size > _REVOCATIONS_BYTES_MAX:
        return UNSET
    return Revocations(crls=tuple(map(encoded, crls)), ocsp=tuple(map(encoded, ocsp)))


def kept(evidence: Evidence) -> Kept:
    """Return what was said of whomever. Raises `NotGenuine` for what is no base64url."""
    said = evidence.revocations
    if said is UNSET:
        return Kept()
    return Kept(tuple(map(decoded, said.ocsp)), tuple(map(decoded, said.crls)))


_encode: Final = msgspec.json.Encoder(order="sorted").encode
_decode: Final = msgspec.json.Decoder(Bundle).decode


def written(bundle: Bundle) -> bytes:
    """Return the one spelling of a bundle."""
    return _encode(bundle)


def read(raw: bytes) -> Bundle:
    """Return a bundle of these bytes; another spelling of it raises `NotGenuine`."""
    if len(raw) > BYTES_MAX:
        raise NotGenuine
    try:
        bundle = _decode(raw)
    except (msgspec.MsgspecError, UnicodeError, RecursionError) as error:
        raise NotGenuine from error
    if written(bundle) != raw:
        raise NotGenuine
    return bundle
