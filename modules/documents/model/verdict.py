"""One verdict on a bundle, from its bytes and a verifier's trust alone; the worst finding wins.

The same rules run on the server and offline. They open no file and no socket, and whatever the
bytes are, the answer is a verdict.
"""

from collections.abc import Callable, Iterator
from datetime import datetime
from functools import lru_cache, partial
from hashlib import sha256
from typing import NamedTuple

from cryptography.hazmat.primitives.asymmetric.ec import EllipticCurvePublicKey
from msgspec import UNSET

from modules.documents.model import (
    algorithms,
    certificates,
    counting,
    external,
    hashtree,
    timestamps,
)
from modules.documents.model.algorithms import ProviderHeader
from modules.documents.model.answers import Kept
from modules.documents.model.bundle import Bundle, kept, read, stamps
from modules.documents.model.canonical import NotCanonical, accepted_as
from modules.documents.model.certificates import Vouched
from modules.documents.model.entries import LogEntry, hashes_of
from modules.documents.model.envelope import Envelope
from modules.documents.model.findings import (
    Asked,
    Finding,
    Look,
    SignatureVerdict,
    Trust,
    Verdict,
    about,
    indication_of,
    invalid,
    logged,
    of_dates,
    of_parties,
    of_signature,
    of_status,
    revocation_fault,
    verdict_of,
)
from modules.documents.model.hashtree import Timestamp
from modules.documents.model.jws import (
    NotGenuine,
    Signature,
    decoded,
    encoded,
    header,
    require_header,
    rest_of_header,
)
from modules.documents.model.jws import verify as verify_signature


class _Paper(NamedTuple):
    """A signer's certificate, and its hash as a header names it."""

    der: bytes
    x5t_s256: str


@lru_cache(maxsize=4096)
def _paper(text: str) -> _Paper:
    """Return a certificate of a bundle: one person's comes back with every document they sign."""
    der = decoded(text)
    return _Paper(der, encoded(sha256(der).digest()))


_rest_of_header = lru_cache(maxsize=4096)(rest_of_header)


def _signer(made: Signature, found: Vouched, paper: _Paper, payload: bytes, trust: Trust) -> str:
    """Return as whom somebody has signed: as their certificate says, or as they say themselves."""
    signed, value = made.protected.encode() + payload, decoded(made.signature)
    head = decoded(made.protected)
    if trust.listing(found.anchor) is None or b'"sub":' not in head:
        if not isinstance(found.key, EllipticCurvePublicKey):
            raise NotGenuine
        require_header(head, _rest_of_header(found.thumbprint, paper.x5t_s256))
        verify_signature(found.key, signed, value)
        return found.ref
    said = header(made.protected, ProviderHeader)
    if (said.kid, said.x5t_s256) != (found.thumbprint, paper.x5t_s256):
        raise NotGenuine
    algorithms.verify(said.alg, found.key, signed, value)
    return said.sub


def status_place(raw: bytes) -> tuple[str, int] | None:
    """Return where the status of a bundle is asked for, if it is one."""
    try:
        envelope = accepted_as(decoded(read(raw).payload), Envelope)
    except (NotGenuine, NotCanonical):
        return None
    return envelope.status.uri, envelope.status.idx


def payload_of(raw: bytes) -> bytes:
    """Return the signed bytes of a bundle. Raises `NotGenuine`."""
    return decoded(read(raw).payload)


def judged(raw: bytes, trust: Trust, look: Look, now: datetime) -> Verdict:
    """Return the verdict on a bundle's bytes, whatever they are."""
    try:
        bundle = read(raw)
        payload = decoded(bundle.payload)
        envelope = accepted_as(payload, Envelope)
        _require_a_paper_each(bundle)
    except (NotGenuine, NotCanonical):
        return verdict_of([invalid("FORMAT_FAILURE")], now)
    of_log: list[Finding] = []
    proved = logged(bundle.evidence.log, trust, of_log)
    log = logged_at = None
    if proved is not None:
        entry, log = proved
        strange = _of_entry(entry, bundle, payload, envelope)
        of_log += [*strange, *of_dates(envelope, log.logged_at, trust)]
        # Another document's line says nothing of when this one was there, whoever has issued it.
        logged_at = None if strange else log.logged_at
    signatures = tuple(_signatures(bundle, envelope, trust, logged_at, now))
    findings = [of_signature(each) for each in signatures if each.subindication is not None]
    findings += of_parties(envelope, signatures)
    if envelope.issuer != trust.issuer:  # whose log and whose lists we do not know
        findings.append(Finding("SIGNATURES_ONLY", "TOTAL-PASSED", "NOT_OURS"))
        return verdict_of(findings, now, document=about(envelope, None), signatures=signatures)
    found = look(envelope.status.uri, envelope.status.idx)
    findings += [*of_log, *of_status(found)]
    document = about(envelope, found)
    said = verdict_of(findings, now, document=document, signatures=signatures, log=log)
    return external.judged(said, bundle.evidence.external_ids or (), payload, trust)


def _require_a_paper_each(bundle: Bundle) -> None:
    """Raise `NotGenuine` for evidence that belongs to no signature: nobody would look at it."""
    count, stamped = len(bundle.signatures), len(stamps(bundle.evidence))
    if len(bundle.evidence.certificates) != count or stamped not in {0, count}:
        raise NotGenuine


def _of_entry(entry: LogEntry, bundle: Bundle, payload: bytes, envelope: Envelope) -> list[Finding]:
    """Hold the bundle against the line; of the PDF, which it does not carry, any hash will do."""
    pdf_sha256 = entry.h[1] if len(entry.h) > 1 else ""
    digest, said = sha256(payload).hexdigest(), bundle.evidence.revocations
    held = stamps(bundle.evidence) if said is UNSET else (*stamps(bundle.evidence), said)
    expected = hashes_of(digest, pdf_sha256, bundle.signatures, envelope.prev, held)
    if entry.k != "doc" or entry.h != expected:
        return [invalid("NOT_AS_ISSUED")]
    return []


def _signatures(
    bundle: Bundle, envelope: Envelope, trust: Trust, logged_at: datetime | None, now: datetime
) -> Iterator[SignatureVerdict]:
    stamped = stamps(bundle.evidence) or (None,) * len(bundle.signatures)
    made = zip(bundle.signatures, bundle.evidence.certificates, stamped, strict=True)
    parties = {party.subject_ref: party for party in envelope.parties}
    payload = f".{bundle.payload}".encode()
    told = partial(kept, bundle.evidence)
    for each in made:
        ref, fault, best = _signature(*each, payload, (trust, logged_at, now, told))
        party = parties.get(ref)
        yield SignatureVerdict(
            role="" if party is None else party.role,
            signer="" if party is None else party.name,
            indication=indication_of(fault),
            subindication=fault,
            level="L1",
            best_time=best,
        )


def _signature(
    made: Signature,
    certificate: str,
    stamp: Timestamp | None,
    payload: bytes,
    judging: tuple[Trust, datetime | None, datetime, Callable[[], Kept]],
) -> tuple[str, str | None, datetime]:
    """Return as whom somebody has signed, what is wrong with it, and since when it is there."""
    trust, logged_at, now, told = judging
    best, ref = logged_at or now, ""
    try:
        stamped_at = None if stamp is None else _stamped(made, stamp, trust)
        best = counting.earliest(stamped_at, logged_at, now)
        paper = _paper(certificate)
        found = certificates.vouched(paper.der, trust.anchors_at(best), best)
        ref = _signer(made, found, paper, payload, trust)
        if ref != found.ref and logged_at is None:
            ref = ""  # nobody but the signer says that they are this party
        is_proved = stamped_at is not None or logged_at is not None
        asked = Asked(best, now, logged_at, paper.der, told)
        return ref, revocation_fault(found, trust, asked, is_proved=is_proved), best
    except (NotGenuine, timestamps.NotStamped):
        return ref, "SIG_CRYPTO_FAILURE", best
    except certificates.Unfit as error:
        return ref, error.subindication, best


def _stamped(made: Signature, stamp: Timestamp, trust: Trust) -> datetime | None:
    path = [decoded(each) for each in stamp.path]
    return counting.stamped(decoded(stamp.token), hashtree.root(made.signature, path), trust)
