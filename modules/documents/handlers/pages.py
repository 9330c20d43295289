"""The page on which anybody asks whether a document is genuine."""

from datetime import timedelta
from typing import Any, Final

import msgspec
from litestar import Response, get, post

from backend.kernel import Anyone, Form, Injected, NotFound, Snapshot, at_most
from backend.kernel.forms import FILES_MAX
from backend.kernel.pages import page
from modules.documents.model import pdf
from modules.documents.model.findings import Verdict
from modules.documents.service import verification

_KEPT: Final = {"Cache-Control": "public, max-age=300"}
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

    Whatever file it is, there is a verdict. A document's number says how it stands, if it exists.
    """
    files, code = form.files("file"), form.text("code").strip().upper()
    if files:
        verdict = await verification.verify_file(snapshot, files[0])
    elif qr := form.text("qr"):
        verdict = await verification.verify_code(snapshot, qr)
    elif code:
        try:
            verdict = await verification.look_up_code(snapshot, code)
        except NotFound:
            return await _page(snapshot, None, status=404, headers=_NOT_KEPT, unknown=True)
    else:
        verdict = await verification.verify_file(snapshot, form.text("bundle").strip().encode())
    return await _page(snapshot, verdict, headers=_NOT_KEPT)


async def _page(
    snapshot: Snapshot,
    verdict: Verdict | None,
    *,
    headers: dict[str, str],
    status: int = 200,
    unknown: bool = False,
) -> Response[str]:
    values: dict[str, Any] = {"verdict": verdict, "unknown": unknown, "issuer": snapshot.base_url}
    keys = msgspec.json.encode(await verification.published_keys(snapshot)).decode()
    return page(
        "documents/verify.html",
        status=status,
        headers={**headers, **_CAMERA},
        scripts="own",
        keys=keys,
        **values,
    )
