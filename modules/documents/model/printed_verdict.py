"""The verdict on a PDF of ours: printed anew from the data in it, and every later byte explained.

What the house writes it writes in one way, so a file is compared and not interpreted. The one
thing taken out of it on trust is the attachment, and that has to lead back to the very same bytes.
"""

from collections.abc import Callable, Sequence
from datetime import datetime
from hashlib import sha256
from typing import Final, TypeAlias

import msgspec

from modules.documents.model import certificates, cms, counting, pdf, printing, timestamps
from modules.documents.model.answers import Kept
from modules.documents.model.bundle import LogEvidence
from modules.documents.model.canonical import NotCanonical, accepted_as
from modules.documents.model.entries import LogEntry
from modules.documents.model.envelope import Envelope, Party
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
    unsure,
    verdict_of,
)
from modules.documents.model.jws import NotGenuine
from modules.documents.model.printing import Template

Forms: TypeAlias = Callable[[str], Template | None]
"""Gives a printed form by its hash."""

Print: TypeAlias = Callable[[bytes, Envelope, Template], tuple[bytes, pdf.Shape]]
"""Gives the PDF of a content with its empty fields: by printing it, unless somebody has it."""

MAGIC: Final = b"%PDF-"


def content_of(raw: bytes) -> tuple[bytes, Envelope] | None:
    """Return the data that a PDF carries, if it can be one of ours."""
    try:
        content = pdf.attached(raw)
        return content, accepted_as(content, Envelope)
    except (pdf.NotAsWritten, NotCanonical):
        return None


class _Named(msgspec.Struct, frozen=True, kw_only=True):
    role: str
    name: str


class _Names(msgspec.Struct, frozen=True, kw_only=True):
    parties: tuple[_Named, ...]


_names: Final = msgspec.json.Decoder(_Names)


def names_of(content: bytes) -> dict[str, str]:
    """Return who signs, by their roles, of content that is known to be what the house issued."""
    return {party.role: party.name for party in _names.decode(content).parties}


def judged(
    raw: bytes,
    evidence: LogEvidence | None,
    trust: Trust,
    forms: Forms,
    look: Look,
    now: datetime,
    printed: Print = printing.based,
) -> Verdict:
    """Return the verdict on a PDF; `evidence` is what the log has of it."""
    found = content_of(raw)
    if found is None or len(raw) > pdf.BYTES_MAX:
        is_foreign = len(raw) <= pdf.BYTES_MAX and pdf.is_foreign(raw)
        unread = unsure("FOREIGN_FILE") if is_foreign else invalid("FORMAT_FAILURE")
        return verdict_of([unread], now)
    content, envelope = found
    of_log: list[Finding] = []
    proved = logged(evidence, trust, of_log)
    log = logged_at = None
    if proved is not None:
        entry, log = proved
        strange = _of_entry(entry, raw, content)
        of_log += [*strange, *of_dates(envelope, log.logged_at, trust)]
        # Another file's line says nothing of when this one was there, whoever has issued it.
        logged_at = None if strange else log.logged_at
    findings: list[Finding] = []
    base = _expected(content, envelope, forms, printed)
    signatures, matches = _signed(raw, envelope, base, findings, (trust, logged_at, now))
    findings += [of_signature(each) for each in signatures if each.subindication is not None]
    findings += of_parties(envelope, signatures)
    if envelope.issuer != trust.issuer:  # whose log and whose lists we do not know
        findings.append(Finding("SIGNATURES_ONLY", "TOTAL-PASSED", "NOT_OURS"))
        document = about(envelope, None)
        told = (findings, now)
        return verdict_of(*told, document=document, signatures=signatures, content_matches=matches)
    standing = look(envelope.status.uri, envelope.status.idx)
    findings += [*of_log, *of_status(standing)]
    return verdict_of(
        findings,
        now,
        document=about(envelope, standing),
        signatures=signatures,
        log=log,
        content_matches=matches,
    )


def _of_entry(entry: LogEntry, raw: bytes, content: bytes) -> list[Finding]:
    expected = (sha256(content).hexdigest(), sha256(raw).hexdigest())
    return [] if entry.k == "doc" and entry.h[:2] == expected else [invalid("NOT_AS_ISSUED")]


def _expected(
    content: bytes, envelope: Envelope, forms: Forms, printed: Print
) -> tuple[bytes, pdf.Shape] | Finding:
    """Return what the content looks like in print, or why it cannot be compared."""
    form = forms(envelope.renderer.template)
    if form is None or not printing.can_print(envelope.renderer):
        return unsure("RENDERER_UNKNOWN")
    try:
        return printed(content, envelope, form)
    except (printing.Unrenderable, pdf.NotRendered, pdf.NotAsWritten):
        return invalid("CONTENT_MISMATCH")


def _signed(
    raw: bytes,
    envelope: Envelope,
    printed: tuple[bytes, pdf.Shape] | Finding,
    findings: list[Finding],
    judging: tuple[Trust, datetime | None, datetime],
) -> tuple[tuple[SignatureVerdict, ...], bool | None]:
    """Return the signatures, and whether the file is the printed form of its data."""
    if isinstance(printed, Finding):
        findings.append(printed)
        return (), None if printed.ruling == "INDETERMINATE" else False
    base, shape = printed
    if not raw.startswith(base):
        findings.append(invalid("CONTENT_MISMATCH"))
        return (), False
    try:
        updates = list(pdf.updates(raw, shape))
    except pdf.NotAsWritten:
        findings.append(invalid("NOT_AS_SIGNED"))
        return (), True
    made = [each for each in updates if isinstance(each, pdf.Signature)]
    stamps = [each for each in made if each.kind == "DocTimeStamp"]
    findings += [each for stamp in stamps for each in _of_stamp(stamp, judging[0])]
    signers = [each for each in made if each.kind == "Sig"]

    def kept() -> Kept:
        found = (each for each in updates if isinstance(each, pdf.Evidence))
        return next((Kept(each.ocsp_responses, each.crls) for each in found), Kept())

    return tuple(_signature(each, envelope, *judging, kept) for each in signers), True


def _of_stamp(stamp: pdf.Signature, trust: Trust) -> Sequence[Finding]:
    try:
        counting.stamped(stamp.contents, stamp.digest, trust)
    except timestamps.NotStamped:
        return [invalid("SIG_CRYPTO_FAILURE")]
    return []


def _signature(
    made: pdf.Signature,
    envelope: Envelope,
    trust: Trust,
    logged_at: datetime | None,
    now: datetime,
    kept: Callable[[], Kept],
) -> SignatureVerdict:
    ref: str | None = ""
    best, fault = logged_at or now, None
    try:
        signed = cms.read(made.contents)
        stamped_at = _stamped_at(signed, trust)
        best = counting.earliest(stamped_at, logged_at, now)
        found = certificates.vouched(signed.certificates[0], trust.anchors_at(best), best)
        # A public authority knows nothing of our names: the field is the party's, and that the log
        # holds this very file says that the house has compared the numbers.
        is_ours = logged_at is None or trust.listing(found.anchor) is None
        ref = found.ref if is_ours else None
        if signed.digest != made.digest:
            raise NotGenuine
        cms.verify(found.key, signed)
        is_proved = stamped_at is not None or logged_at is not None
        asked = Asked(best, now, logged_at, signed.certificates[0], kept)
        fault = revocation_fault(found, trust, asked, is_proved=is_proved)
    except (NotGenuine, cms.NotDer, timestamps.NotStamped):
        fault = "SIG_CRYPTO_FAILURE"
    except certificates.Unfit as error:
        fault = error.subindication
    party = _party(made, envelope, ref)
    return SignatureVerdict(
        role="" if party is None else party.role,
        signer="" if party is None else party.name,
        indication=indication_of(fault),
        subindication=fault,
        level="L1",
        best_time=best,
    )


def _party(made: pdf.Signature, envelope: Envelope, ref: str | None) -> Party | None:
    """Return whose field it is, if the signer is that party; without a name, anybody is."""
    named = ((printing.field_of(seq), party) for seq, party in enumerate(envelope.parties))
    found = next((party for field, party in named if field == made.field), None)
    return found if found is not None and ref in (None, found.subject_ref) else None


def _stamped_at(signed: cms.Signed, trust: Trust) -> datetime | None:
    if signed.token is None:
        return None
    return counting.stamped(signed.token, sha256(signed.value).digest(), trust)
