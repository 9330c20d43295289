"""Numbers that others give a document once it is signed: none of its bytes says them, the log does.

Each comes with its salt and the proof of its line, so that anyone can tell without a network that
the log holds exactly this number for exactly this content.
"""

from collections.abc import Sequence
from hashlib import sha256

import msgspec

from modules.documents.model.bundle import ExternalId
from modules.documents.model.findings import (
    ExternalIdVerdict,
    Finding,
    Trust,
    Verdict,
    invalid,
    logged,
    severity,
    verdict_of,
)


def line(name: str, salt: str, value: str) -> str:
    """Return what the log holds the hash of."""
    return f"{name} {salt} {value}"


def judged(verdict: Verdict, ids: Sequence[ExternalId], content: bytes, trust: Trust) -> Verdict:
    """Return the verdict with the numbers that the log holds; one that it does not hold rules."""
    findings: list[Finding] = []
    known: list[ExternalIdVerdict] = []
    for each in ids:
        found = logged(each.log, trust, findings)
        if found is None:
            continue
        word = sha256(line(each.name, each.salt, each.value).encode()).hexdigest()
        if found[0].k != "event" or found[0].h != (sha256(content).hexdigest(), word):
            findings.append(invalid("NOT_AS_ISSUED"))
            continue
        place = found[1].index
        known.append(ExternalIdVerdict(name=each.name, value=each.value, index=place))
    if findings:
        worst = verdict_of(
            findings,
            verdict.checked_at,
            document=verdict.document,
            signatures=verdict.signatures,
            log=verdict.log,
            content_matches=verdict.content_matches,
        )
        verdict = min(verdict, worst, key=severity)
    return told(verdict, known, trust.awaited)


def told(
    verdict: Verdict, known: Sequence[ExternalIdVerdict], awaited: dict[str, tuple[str, str]]
) -> Verdict:
    """Return the verdict with these numbers, and with a notice while the awaited one is missing."""
    if verdict.document is None or verdict.log is None:
        return verdict  # of what the log does not hold, nothing more is said
    name, notice = awaited.get(verdict.document.kind, ("", None))
    is_there = name in {each.name for each in known}
    return msgspec.structs.replace(
        verdict, external_ids=tuple(known), notice=None if is_there else notice
    )
