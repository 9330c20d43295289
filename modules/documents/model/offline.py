"""The verdict of a kit: the same rules as the house's, and nothing else to ask."""

from datetime import datetime

from modules.documents.model import code_verdict, packages, printed_verdict, verdict
from modules.documents.model import kit as kits
from modules.documents.model.bundle import LogEvidence, read
from modules.documents.model.findings import Verdict, invalid, verdict_of
from modules.documents.model.jws import NotGenuine
from modules.documents.model.kit import Kit


def judged(raw: bytes, kit: Kit, now: datetime) -> Verdict:
    """Return the verdict on a bundle, a package, a PDF or a code, whatever the bytes are.

    A PDF alone does not say where the log holds it: a package does.
    """
    if packages.is_package(raw):
        package = packages.unpacked(raw)
        if package is None:
            return verdict_of([invalid("FORMAT_FAILURE")], now)
        printed = _printed(package.original, _evidence(package.bundle), kit, now)
        data = verdict.judged(package.bundle, kit.trust, kits.look(kit, now), now)
        return packages.worse(printed, data, now)
    if raw.startswith(printed_verdict.MAGIC):
        return _printed(raw, None, kit, now)
    if raw.startswith(b"http"):
        address = raw.decode("ascii", "replace").strip()
        keys = {str(jwk.kid): jwk for jwk in kit.house_keys}
        return code_verdict.judged(address, kit.trust.issuer, keys, kits.look(kit, now), now)
    return verdict.judged(raw, kit.trust, kits.look(kit, now), now)


def _printed(raw: bytes, evidence: LogEvidence | None, kit: Kit, now: datetime) -> Verdict:
    forms = {form.sha256(): form for form in kit.forms}
    look = kits.look(kit, now)
    return printed_verdict.judged(raw, evidence, kit.trust, forms.get, look, now)


def _evidence(bundle: bytes) -> LogEvidence | None:
    try:
        return read(bundle).evidence.log
    except NotGenuine:
        return None
