"""What the confined process is given: a file, and everything that a verdict rests on."""

from datetime import datetime

import msgspec

from modules.documents.model import printed_verdict
from modules.documents.model.bundle import LogEvidence
from modules.documents.model.findings import Found, Trust, Verdict
from modules.documents.model.printing import Template


class Task(msgspec.Struct, frozen=True, kw_only=True):
    """One PDF to judge."""

    raw: bytes
    evidence: LogEvidence | None
    trust: Trust
    forms: dict[str, Template]
    found: Found | None
    now: datetime


def judged(task: Task) -> Verdict:
    """Return the verdict on the file."""

    def look(_: str, __: int) -> Found | None:
        return task.found

    forms = task.forms.get
    return printed_verdict.judged(task.raw, task.evidence, task.trust, forms, look, task.now)
