"""What a verdict is made of: trust, findings, the worst of them, in terms of EN 319 102-1."""

from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from functools import lru_cache
from types import MappingProxyType
from typing import Any, Final, Literal, NamedTuple, TypeAlias
from uuid import UUID

import msgspec

from backend.kernel import VIETNAM
from backend.transparency import merkle, notes
from modules.documents.model import certificates
from modules.documents.model.answers import Kept, recorded
from modules.documents.model.bundle import LogEvidence
from modules.documents.model.canonical import NotCanonical, accepted_as
from modules.documents.model.certificates import Vouched
from modules.documents.model.entries import LogEntry
from modules.documents.model.envelope import Envelope
from modules.documents.model.jws import NotGenuine, decoded
from modules.documents.model.statuses import Status
from modules.documents.model.trusting import Tree
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
_LAST_MOMENT: Final = 253_402_300_799
_FATAL: Final = {"SIG_CRYPTO_FAILURE", "REVOKED"}


class Listing(msgspec.Struct, frozen=True, kw_only=True):
    """An authority of the trust store: what it signed in this time counts, if it is current.

    Moments are in seconds. Beyond `known_until` nobody knows whom it has revoked since.
    """

    der: bytes
    tree: Tree
    since: int
    until: int | None
    known_until: int
    revoked: dict[str, int]
    """When certificates were revoked, by their serial numbers in hexadecimal."""

    def covers(self, at: datetime) -> bool:
        """Tell whether what was signed at a moment counts."""
        return self.since <= at.timestamp() and (self.until is None or at.timestamp() <= self.until)


class Trust(msgspec.Struct, frozen=True, kw_only=True):
    """What a verifier believes: whose certificates, whose log, whose eyes; nothing else."""

    issuer: str
    anchors: tuple[bytes, ...]
    log: str | None
    witnesses: tuple[str, ...]
    deadlines: dict[str, int]
    """Days in which signatures of a kind may be collected."""
    revoked: dict[str, int] = {}
    """When certificates were revoked, in seconds, by their SHA-256 in hexadecimal."""
    stampers: tuple[bytes, ...] = ()
    """The certificates above those whose timestamps count."""
    earlier_logs: tuple[str, ...] = ()
    """Keys that signed the log before the one in use, for proofs of that time."""
    listed: tuple[Listing, ...] = ()
    """Whose certificates count besides: the trust store, as two administrators keep it."""
    awaited: dict[str, tuple[str, str]] = {}
    """Kind → the number that it awaits after signing, and what is said while that is missing."""

    def anchors_at(self, at: datetime) -> tuple[bytes, ...]:
        """Return the authorities whose signers count at a moment."""
        found = (each.der for each in self.listed if each.tree != "tsa" and each.covers(at))
        return (*self.anchors, *found) if self.listed else self.anchors

    def stampers_at(self, at: datetime) -> tuple[bytes, ...]:
        """Return the authorities whose timestamps count at a moment."""
        found = (each.der for each in self.listed if each.tree == "tsa" and each.covers(at))
        return (*self.stampers, *found) if self.listed else self.stampers

    def listing(self, anchor: bytes) -> Listing | None:
        """Return what is known of an authority of the trust store; None for the house's own."""
        if anchor in self.anchors:
            return None
        return next((each for each in self.listed if each.der == anchor), None)


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


class ExternalIdVerdict(msgspec.Struct, frozen=True, kw_only=True):
    """A number that somebody has given the document since, and where the log holds it."""

    name: str
    value: str
    index: int


class DocumentVerdict(msgspec.Struct, frozen=True, kw_only=True):
    """Which document it is. Nothing of its data."""

    id: UUID | None
    """Null where only a printed code says which one it is."""
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
    content_matches: bool | None
    """Whether a PDF is the printed form of the data in it; null for what is no PDF."""
    checked_at: datetime
    content: dict[str, Any] | None = None
    """What a printed code or a credential says, for whoever compares it with the paper."""
    holder_bound: bool | None = None
    """Whether whoever presents a credential has proved that it is theirs; null for all else."""
    external_ids: tuple[ExternalIdVerdict, ...] = ()
    """Numbers given after signing, such as `platform-number`: each is in the log."""
    notice: str | None = None
    """What is still missing after all have signed; null when nothing is."""


class Finding(NamedTuple):
    """One reason for a ruling."""

    ruling: Ruling
    indication: Indication
    subindication: str | None


_PASSED: Final = Finding("VALID", "TOTAL-PASSED", None)


def invalid(subindication: str) -> Finding:
    return Finding("INVALID", "TOTAL-FAILED", subindication)


def unsure(subindication: str) -> Finding:
    return Finding("INDETERMINATE", "INDETERMINATE", subindication)


def verdict_of(
    findings: Sequence[Finding],
    now: datetime,
    *,
    document: DocumentVerdict | None = None,
    signatures: tuple[SignatureVerdict, ...] = (),
    log: LogVerdict | None = None,
    content_matches: bool | None = None,
    words: Mapping[str, str] = MappingProxyType({}),
) -> Verdict:
    """Return the verdict: the worst finding rules. `words` are said instead of those of files."""
    worst = min(findings, key=lambda each: _SEVERITY.index(each.ruling), default=_PASSED)
    said = worst.subindication if worst.subindication in MESSAGES else worst.ruling
    message = words.get(said) or MESSAGES[said]
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
        content_matches=content_matches,
    )


def indication_of(fault: str | None) -> Indication:
    """Return what EN 319 102-1 calls a fault of a signature."""
    if fault is None:
        return "TOTAL-PASSED"
    return "TOTAL-FAILED" if fault in _FATAL else "INDETERMINATE"


def of_signature(signature: SignatureVerdict) -> Finding:
    """Return what a signature's fault means for the document."""
    fault = signature.subindication or ""
    return invalid(fault) if signature.indication == "TOTAL-FAILED" else unsure(fault)


def of_parties(envelope: Envelope, signatures: Sequence[SignatureVerdict]) -> list[Finding]:
    """Require one signature of each party that must, and none of anybody else."""
    roles = [each.role for each in signatures if each.subindication is None]
    required = {party.role for party in envelope.parties if party.required}
    if not required <= set(roles) or len(roles) != len(set(roles)) or "" in roles:
        return [unsure("SIG_CONSTRAINTS_FAILURE")]
    return []


def logged(
    evidence: LogEvidence | None, trust: Trust, findings: list[Finding]
) -> tuple[LogEntry, LogVerdict] | None:
    """Return the line that the log holds, and since when; say so in `findings` if it does not."""
    if evidence is None or trust.log is None:
        findings.append(unsure("NOT_LOGGED"))
        return None
    try:
        line = decoded(evidence.entry)
        return accepted_as(line, LogEntry), _proved(evidence, line, trust)
    except (NotGenuine, NotCanonical, merkle.NotProved, notes.NotSigned):
        findings.append(unsure("NOT_LOGGED"))
        return None


def _proved(evidence: LogEvidence, line: bytes, trust: Trust) -> LogVerdict:
    logs = (trust.log or "", *trust.earlier_logs)
    seen, logged_at, count = _stated(evidence.checkpoint, logs, trust.witnesses)
    leaf = merkle.leaf_hash(line)
    path = [decoded(each) for each in evidence.proof]
    merkle.require_inclusion(leaf, evidence.index, seen.size, path, seen.root)
    return LogVerdict(index=evidence.index, logged_at=logged_at, witnesses=count)


@lru_cache(maxsize=1024)
def _stated(
    note: str, logs: tuple[str, ...], witnesses: tuple[str, ...]
) -> tuple[notes.Checkpoint, datetime, int]:
    """Return what a note states, since when, and how many saw it: many documents share one."""
    seen = _signed_by_any(note, logs)
    times = [notes.seen_at(note, notes.verifier(each)) for each in witnesses]
    moments = [moment for moment in times if moment is not None]
    if not moments or max(moments) > _LAST_MOMENT:
        raise notes.NotSigned
    return seen, datetime.fromtimestamp(min(moments), UTC), len(moments)


def _signed_by_any(note: str, logs: tuple[str, ...]) -> notes.Checkpoint:
    *others, last = logs
    for each in others:
        with suppress(notes.NotSigned):
            return notes.opened(note, notes.verifier(each))
    return notes.opened(note, notes.verifier(last))


def of_dates(envelope: Envelope, logged_at: datetime, trust: Trust) -> list[Finding]:
    """Hold the day that a document claims against the moment at which others saw it."""
    days = trust.deadlines.get(envelope.type, _DEADLINE_DAYS)
    seen_on = logged_at.astimezone(VIETNAM).date()
    if envelope.issued_on < seen_on - timedelta(days=days) - _DAY:
        return [unsure("LATE_LOGGED")]
    if envelope.issued_on > seen_on + _DAY:
        return [unsure("FUTURE_DATED")]
    return []


def of_status(found: Found | None) -> list[Finding]:
    """Tell what became of the document."""
    if found is None:
        return [unsure("TRY_LATER")]
    if found.status is Status.REVOKED:
        return [Finding("REVOKED", "TOTAL-PASSED", None)]
    if found.status is Status.SUSPENDED:
        return [Finding("SUSPENDED", "TOTAL-PASSED", None)]
    if found.status is Status.SUPERSEDED:
        return [Finding("SUPERSEDED", "TOTAL-PASSED", None)]
    return []


class Asked(NamedTuple):
    """When one asks how a signer's certificate stands, and by what was kept with a signature."""

    at: datetime
    """Since when the signature is proved to be there."""
    now: datetime
    logged_at: datetime | None
    der: bytes
    kept: Callable[[], Kept]
    """Read when it is needed: most verifiers know more recently whom an authority has revoked."""


def revocation_fault(paper: Vouched, trust: Trust, asked: Asked, *, is_proved: bool) -> str | None:
    """Return how a revocation of the signer's certificate stands to the signature's proved time.

    Of an authority outside that has not said lately whom it revoked, what it said when the document
    was finished counts, if that was kept; else nothing is known (TT 15/2025/TT-BKHCN: what is not
    known is not valid).
    """
    at = asked.at
    listing = trust.listing(paper.anchor)
    if listing is None:
        revoked_at = trust.revoked.get(paper.sha256)
    else:
        revoked_at = listing.revoked.get(paper.serial)
        if asked.now.timestamp() >= listing.known_until:
            told = _told(trust, asked)
            if told is None:
                return "TRY_LATER"
            moments = (revoked_at, told.revoked_at)
            revoked_at = min((each for each in moments if each is not None), default=None)
    if revoked_at is None or (is_proved and at.timestamp() <= revoked_at):
        return None
    return "REVOKED" if is_proved else "REVOKED_NO_POE"


class _Told(NamedTuple):
    revoked_at: float | None


def _told(trust: Trust, asked: Asked) -> _Told | None:
    """Return what was said of a signer and of everybody above; None unless it was of each."""
    if asked.logged_at is None:
        return None
    kept, moments = asked.kept(), list[float]()
    steps = certificates.steps(asked.der, trust.anchors_at(asked.at))
    for step in steps:
        answers = recorded(kept, *step, asked.at, asked.logged_at)
        if not answers:
            return None
        moments += [each.revoked_at.timestamp() for each in answers if each.revoked_at]
    return _Told(min(moments, default=None)) if steps else None


def about(envelope: Envelope, found: Found | None) -> DocumentVerdict:
    """Return which document it is, and how it stands."""
    return DocumentVerdict(
        id=envelope.doc_id,
        code=envelope.code,
        kind=envelope.type,
        rev=envelope.rev,
        status=None if found is None else found.status.name,
        superseded_by=None if found is None else found.successor,
    )


def severity(verdict: Verdict) -> int:
    """Return how bad a verdict is; 0 is the worst."""
    return _SEVERITY.index(verdict.verdict)
