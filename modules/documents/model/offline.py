"""The verdict of a kit: the same rules as the house's, and nothing else to ask."""

from datetime import datetime

from modules.documents.model import (
    code_verdict,
    credential_verdict,
    packages,
    printed_verdict,
    verdict,
)
from modules.documents.model import kit as kits
from modules.documents.model.bundle import LogEvidence, read
from modules.documents.model.credential_verdict import Asked
from modules.documents.model.findings import Finding, Verdict, invalid, verdict_of
from modules.documents.model.jws import NotGenuine
from modules.documents.model.kit import Kit


def judged(raw: bytes, kit: Kit, now: datetime, asked: Asked | None = None) -> Verdict:
    """Return the verdict on a bundle, a package, a PDF, a code or a credential, whatever it is.

    A PDF alone does not say where the log holds it: a package does, and its organisation's kit.
    """
    if packages.is_package(raw):
        package = packages.unpacked(raw)
        if package is None:
            return verdict_of([invalid("FORMAT_FAILURE")], now)
        printed = _printed(package.original, _evidence(package.bundle), kit, now)
        data = verdict.judged(package.bundle, kit.trust, kits.look(kit, now), now)
        return packages.worse(printed, data, now)
    if raw.startswith(printed_verdict.MAGIC):
        if (address := code_verdict.linked(raw, kit.trust.issuer)) is not None:
            return _code(address, kit, now, code_verdict.PRINT)
        content = printed_verdict.content_of(raw)
        evidence = None if content is None else kits.evidence(kit, content[0])
        return _printed(raw, evidence, kit, now)
    if raw.startswith(b"http"):
        return _code(raw.decode("ascii", "replace").strip(), kit, now)
    if b"~" in raw and not raw.startswith(b"{"):
        text = raw.decode("ascii", "replace").strip()
        keys = {str(jwk.kid): jwk for jwk in kit.issuing_keys}
        issuer, look = kit.trust.issuer, kits.look(kit, now)
        return credential_verdict.judged(text, issuer, keys, look, now, asked)
    return verdict.judged(raw, kit.trust, kits.look(kit, now), now)


def _code(address: str, kit: Kit, now: datetime, *more: Finding) -> Verdict:
    keys = {str(jwk.kid): jwk for jwk in kit.house_keys}
    look = kits.look(kit, now)
    return code_verdict.judged(address, kit.trust.issuer, keys, look, now, *more)


def _printed(raw: bytes, evidence: LogEvidence | None, kit: Kit, now: datetime) -> Verdict:
    forms = {form.sha256(): form for form in kit.forms}
    look = kits.look(kit, now)
    return printed_verdict.judged(raw, evidence, kit.trust, forms.get, look, now)


def _evidence(bundle: bytes) -> LogEvidence | None:
    try:
        return read(bundle).evidence.log
    except NotGenuine:
        return None
