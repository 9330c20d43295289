"""What the confined process is given: a file, and everything that a verdict rests on."""

from datetime import datetime

import msgspec

from modules.documents.model import pdf, printed_verdict, printing
from modules.documents.model.bundle import LogEvidence
from modules.documents.model.envelope import Envelope
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
    base: bytes | None = None
    """What the house has printed of it, where it is known: then it is not printed anew."""


def judged(task: Task) -> Verdict:
    """Return the verdict on the file."""

    def look(_: str, __: int) -> Found | None:
        return task.found

    def kept(_: bytes, envelope: Envelope, __: Template) -> tuple[bytes, pdf.Shape]:
        base = task.base or b""
        shape = pdf.reopened(base)
        if [*shape.fields] != printing.fields(envelope):
            raise pdf.NotAsWritten
        return base, shape

    printed = printing.based if task.base is None else kept
    return printed_verdict.judged(
        task.raw, task.evidence, task.trust, task.forms.get, look, task.now, printed
    )
