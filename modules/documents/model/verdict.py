"""One verdict on a document, from its bytes and a verifier's trust alone; the worst finding wins.

The same rules run on the server and offline. They open no file and no socket, and whatever the
bytes are, the answer is a verdict.
"""

from collections.abc import Callable, Iterator, Sequence
from datetime import UTC, datetime, timedelta
from hashlib import sha256
from typing import Final, Literal, NamedTuple, TypeAlias
from uuid import UUID

import msgspec

from backend.kernel import VIETNAM
from backend.transparency import merkle, notes
from modules.documents.model import certificates
from modules.documents.model.bundle import Bundle, LogEvidence, read
from modules.documents.model.canonical import NotCanonical, accepted_as
from modules.documents.model.entries import LogEntry, of_document
from modules.documents.model.envelope import Envelope
from modules.documents.model.jws import (
    Header,
    NotGenuine,
    decoded,
    encoded,
    header,
    thumbprint,
    verify,
)
from modules.documents.model.statuses import Status
from modules.documents.model.words import MESSAGES

Ruling: TypeAlias = Literal[
    "VALID", "SUPERSEDED", "SUSPENDED", "REVOKED", "INVALID", "INDETERMINATE", "SIGNATURES_ONLY"
]
Indication: TypeAlias = Literal["TOTAL-PASSED", "TOTAL-FAILED", "INDETERMINATE"]
"""The three outcomes of EN 319 102-1."""

_SEVERITY: Final[Sequence[Ruling]] = (
    "INVALID",
    "REVOKED",
    "INDETERMINATE",
    "SIGNATURES_ONLY",
    "SUSPENDED",
    "SUPERSEDED",
    "VALID",
)
_DEADLINE_DAYS: Final = 30
_DAY: Final = timedelta(days=1)


class Trust(msgspec.Struct, frozen=True, kw_only=True):
    """What a verifier believes: whose certificates, whose log, whose eyes; nothing else."""

    issuer: str
    anchors: tuple[bytes, ...]
    log: str | None
    witnesses: tuple[str, ...]
    deadlines: dict[str, int]
    """Days in which signatures of a kind may be collected."""


class Found(msgspec.Struct, frozen=True, kw_only=True):
    """A document's place in the status list, as the verifier knows it."""

    status: Status
    successor: str | None = None


Look: TypeAlias = Callable[[str, int], Found | None]
"""Tells what a status list says at an index; None when nothing current is known of it."""


class SignatureVerdict(msgspec.Struct, frozen=True, kw_only=True):
    """One signature: whose, and how it stands. `level` is what its certificate gives."""

    role: str
    signer: str
    indication: Indication
    subindication: str | None
    level: str
    best_time: datetime


class LogVerdict(msgspec.Struct, frozen=True, kw_only=True):
    """Where the log holds the document, and since when a witness has seen it there."""

    index: int
    logged_at: datetime
    witnesses: int


class DocumentVerdict(msgspec.Struct, frozen=True, kw_only=True):
    """Which document it is. Nothing of its data."""

    id: UUID
    code: str
    kind: str
    rev: int
    status: str | None
    superseded_by: str | None


class Verdict(msgspec.Struct, frozen=True, kw_only=True):
    """What anyone may rely on, in one word, one sentence and the terms of EN 319 102-1."""

    verdict: Ruling
    message: str
    indication: Indication
    subindication: str | None
    legal_value: Literal["none", "pilot", "full"]
    document: DocumentVerdict | None
    signatures: tuple[SignatureVerdict, ...]
    log: LogVerdict | None
    checked_at: datetime


class Finding(NamedTuple):
    """One reason for a ruling."""

    ruling: Ruling
    indication: Indication
    subindication: str | None


def _invalid(subindication: str) -> Finding:
    return Finding("INVALID", "TOTAL-FAILED", subindication)


def _unsure(subindication: str) -> Finding:
    return Finding("INDETERMINATE", "INDETERMINATE", subindication)


def status_place(raw: bytes) -> tuple[str, int] | None:
    """Return where the status of a bundle is asked for, if it is one."""
    try:
        envelope = accepted_as(decoded(read(raw).payload), Envelope)
    except (NotGenuine, NotCanonical):
        return None
    return envelope.status.uri, envelope.status.idx


def judged(raw: bytes, trust: Trust, look: Look, now: datetime) -> Verdict:
    """Return the verdict on a bundle's bytes, whatever they are."""
    try:
        bundle = read(raw)
        payload = decoded(bundle.payload)
        envelope = accepted_as(payload, Envelope)
    except (NotGenuine, NotCanonical):
        return _verdict([_invalid("FORMAT_FAILURE")], now)
    of_log: list[Finding] = []
    log = _logged(bundle, payload, envelope, trust, of_log)
    best = now if log is None else log.logged_at
    signatures = tuple(_signatures(bundle, envelope, trust, best))
    findings = [_of_signature(each) for each in signatures if each.subindication is not None]
    findings += _of_parties(envelope, signatures)
    findings += of_log
    if log is not None:
        findings += _of_dates(envelope, log.logged_at, trust)
    if envelope.issuer != trust.issuer:
        findings.append(Finding("SIGNATURES_ONLY", "TOTAL-PASSED", "NOT_OURS"))
    found = look(envelope.status.uri, envelope.status.idx)
    findings += _of_status(found)
    document = DocumentVerdict(
        id=envelope.doc_id,
        code=envelope.code,
        kind=envelope.type,
        rev=envelope.rev,
        status=None if found is None else found.status.name,
        superseded_by=None if found is None else found.successor,
    )
    return _verdict(findings, now, document=document, signatures=signatures, log=log)


def _verdict(
    findings: Sequence[Finding],
    now: datetime,
    *,
    document: DocumentVerdict | None = None,
    signatures: tuple[SignatureVerdict, ...] = (),
    log: LogVerdict | None = None,
) -> Verdict:
    passed = Finding("VALID", "TOTAL-PASSED", None)
    worst = min((*findings, passed), key=lambda finding: _SEVERITY.index(finding.ruling))
    message = MESSAGES.get(worst.subindication or "") or MESSAGES[worst.ruling]
    return Verdict(
        verdict=worst.ruling,
        message=f"{message} {MESSAGES['NO_LEGAL_VALUE']}",
        indication=worst.indication,
        subindication=worst.subindication,
        legal_value="none",  # every anchor there is belongs to a pilot
        checked_at=now,
        document=document,
        signatures=signatures,
        log=log,
    )


def _signatures(
    bundle: Bundle, envelope: Envelope, trust: Trust, at: datetime
) -> Iterator[SignatureVerdict]:
    papers = bundle.evidence.certificates
    roles = {party.subject_ref: party for party in envelope.parties}
    for place, each in enumerate(bundle.signatures):
        ref, fault = "", None
        try:
            der = decoded(papers[place]) if place < len(papers) else b""
            key, ref = certificates.vouched(der, trust.anchors, at)
            head = header(each.protected, Header)
            if head.x5t_s256 != encoded(sha256(der).digest()) or head.kid != thumbprint(key):
                raise NotGenuine
            signed = f"{each.protected}.{bundle.payload}".encode()
            verify(key, signed, decoded(each.signature))
        except NotGenuine:
            fault = "SIG_CRYPTO_FAILURE"
        except certificates.Unfit as error:
            fault = error.subindication
        party = roles.get(ref)
        yield SignatureVerdict(
            role="" if party is None else party.role,
            signer="" if party is None else party.name,
            indication=_indication(fault),
            subindication=fault,
            level="L1",
            best_time=at,
        )


def _indication(fault: str | None) -> Indication:
    if fault is None:
        return "TOTAL-PASSED"
    return "TOTAL-FAILED" if fault == "SIG_CRYPTO_FAILURE" else "INDETERMINATE"


def _of_signature(signature: SignatureVerdict) -> Finding:
    fault = signature.subindication or ""
    return _invalid(fault) if signature.indication == "TOTAL-FAILED" else _unsure(fault)


def _of_parties(envelope: Envelope, signatures: Sequence[SignatureVerdict]) -> list[Finding]:
    """Require one signature of each party that must, and none of anybody else."""
    roles = [each.role for each in signatures if each.subindication is None]
    required = {party.role for party in envelope.parties if party.required}
    if not required <= set(roles) or len(roles) != len(set(roles)) or "" in roles:
        return [_unsure("SIG_CONSTRAINTS_FAILURE")]
    return []


def _logged(
    bundle: Bundle, payload: bytes, envelope: Envelope, trust: Trust, findings: list[Finding]
) -> LogVerdict | None:
    evidence = bundle.evidence.log
    if evidence is None or trust.log is None:
        findings.append(_unsure("NOT_LOGGED"))
        return None
    try:
        entry = accepted_as(decoded(evidence.entry), LogEntry)
        proved = _proved(evidence, trust)
    except (NotGenuine, NotCanonical, merkle.NotProved, notes.NotSigned):
        findings.append(_unsure("NOT_LOGGED"))
        return None
    moment = datetime.fromtimestamp(entry.t, UTC)
    digest = sha256(payload).hexdigest()
    if entry != of_document(digest, bundle.signatures, envelope.prev, moment):
        findings.append(_invalid("NOT_AS_ISSUED"))
    return proved


def _proved(evidence: LogEvidence, trust: Trust) -> LogVerdict:
    seen = notes.opened(evidence.checkpoint, notes.verifier(trust.log or ""))
    leaf = merkle.leaf_hash(decoded(evidence.entry))
    path = [decoded(each) for each in evidence.proof]
    merkle.require_inclusion(leaf, evidence.index, seen.size, path, seen.root)
    times = [notes.seen_at(evidence.checkpoint, notes.verifier(each)) for each in trust.witnesses]
    moments = [moment for moment in times if moment is not None]
    if not moments or max(moments) > 253_402_300_799:
        raise notes.NotSigned
    return LogVerdict(
        index=evidence.index,
        logged_at=datetime.fromtimestamp(min(moments), UTC),
        witnesses=len(moments),
    )


def _of_dates(envelope: Envelope, logged_at: datetime, trust: Trust) -> list[Finding]:
    """Hold the day that a document claims against the moment at which others saw it."""
    days = trust.deadlines.get(envelope.type, _DEADLINE_DAYS)
    seen_on = logged_at.astimezone(VIETNAM).date()
    if envelope.issued_on < seen_on - timedelta(days=days) - _DAY:
        return [_unsure("LATE_LOGGED")]
    if envelope.issued_on > seen_on + _DAY:
        return [_unsure("FUTURE_DATED")]
    return []


def _of_status(found: Found | None) -> list[Finding]:
    if found is None:
        return [_unsure("TRY_LATER")]
    if found.status is Status.REVOKED:
        return [Finding("REVOKED", "TOTAL-PASSED", None)]
    if found.status is Status.SUSPENDED:
        return [Finding("SUSPENDED", "TOTAL-PASSED", None)]
    if found.status is Status.SUPERSEDED:
        return [Finding("SUPERSEDED", "TOTAL-PASSED", None)]
    return []
