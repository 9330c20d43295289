"""The page on which anybody asks whether a document is genuine."""

import re
from datetime import timedelta
from typing import Any, Final

import msgspec
from litestar import Response, get, post

from backend.kernel import Anyone, Form, Injected, NotFound, Snapshot, at_most
from backend.kernel.forms import FILES_MAX
from backend.kernel.pages import page
from modules.documents.model import pdf, printed_verdict
from modules.documents.model.findings import Verdict
from modules.documents.model.words import MESSAGES, OF_CODES
from modules.documents.service import kinds, verification

_KEPT: Final = {"Cache-Control": "public, max-age=300"}
_FINGERPRINT: Final = re.compile("[0-9a-f]{64}")
_SLACK_BYTES: Final = 1 << 16
"""For the text that may come with a file."""
_NOT_KEPT: Final = {"Cache-Control": "no-store"}
_CAMERA: Final = {"Permissions-Policy": "camera=(self), geolocation=(), microphone=()"}


@get(["/verify", "/v"], guards=[Anyone()])
async def show_verification(snapshot: Injected[Snapshot]) -> Response[str]:
    """Show the form. The code on a paper copy leads to `/v#…`, which a script reads."""
    return await _page(snapshot, None, headers=_KEPT)


@post(
    "/verify",
    guards=[Anyone(), at_most(30, per=timedelta(minutes=1), by="address")],
    status_code=200,
    request_max_body_size=pdf.BYTES_MAX + _SLACK_BYTES,
    opt={FILES_MAX: 1},
)
async def show_verdict(form: Injected[Form], snapshot: Injected[Snapshot]) -> Response[str]:
    """Show the verdict on a file, on the code of a paper copy, or on what was pasted.

    Whatever file it is, there is a verdict. A document's number, or the fingerprint of its file,
    says how it stands, if it exists.
    """
    files, code = form.files("file"), form.text("code").strip().upper()
    fingerprint, asked = form.text("sha256"), ""
    if files:
        verdict = await verification.verify_file(snapshot, files[0])
        asked = "bare" if _is_bare(verdict, files[0]) else ""
    elif qr := form.text("qr"):
        verdict, asked = await verification.verify_code(snapshot, qr), "qr"
    elif code or fingerprint:
        asked = "code" if code else "fingerprint"
        try:
            verdict = await _looked_up(snapshot, code, fingerprint)
        except NotFound:
            # To be unknown is an answer to the script that asks, and no fault to be logged.
            status = 404 if code else 200
            return await _page(snapshot, None, status=status, headers=_NOT_KEPT, asked=asked)
    else:
        verdict = await verification.verify_file(snapshot, form.text("bundle").strip().encode())
    return await _page(snapshot, verdict, headers=_NOT_KEPT, asked=asked)


async def _looked_up(snapshot: Snapshot, code: str, fingerprint: str) -> Verdict:
    if code:
        return await verification.look_up_code(snapshot, code)
    if not _FINGERPRINT.fullmatch(fingerprint):
        raise NotFound
    return await verification.look_up_fingerprint(snapshot, fingerprint)


async def _page(
    snapshot: Snapshot,
    verdict: Verdict | None,
    *,
    headers: dict[str, str],
    status: int = 200,
    asked: str = "",
) -> Response[str]:
    values: dict[str, Any] = {"verdict": verdict, "asked": asked, "issuer": snapshot.base_url}
    if verdict is not None:
        evidence = msgspec.json.format(msgspec.json.encode(verdict), indent=2)
        values |= {"said": _said(verdict, asked), "evidence": evidence.decode()}
    keys = msgspec.json.encode(await verification.published_keys(snapshot)).decode()
    names = kinds.Names(snapshot)
    return page(
        "documents/verify.html",
        status=status,
        headers={**headers, **_CAMERA},
        scripts="own",
        keys=keys,
        names=names,
        words=msgspec.json.encode(names.all()).decode(),
        **values,
    )


def _is_bare(verdict: Verdict, raw: bytes) -> bool:
    """Tell whether a PDF is perhaps a print or a scan, of which a camera may read the code."""
    is_unread = verdict.subindication == "FORMAT_FAILURE"
    return is_unread and raw.startswith(printed_verdict.MAGIC) and pdf.is_bare(raw)


def _said(verdict: Verdict, asked: str) -> str:
    """Return under which name the sentence stands that a reader is told."""
    said = verdict.subindication or ""
    if asked == "fingerprint" and said == "NO_FILE":
        return "SAME_FILE"
    said = said if said in MESSAGES else verdict.verdict
    return f"CODE_{said}" if asked == "qr" and said in OF_CODES else said
