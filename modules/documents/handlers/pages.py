"""The page on which anybody asks whether a document is genuine."""

from datetime import timedelta
from typing import Final

from litestar import Response, get, post

from backend.kernel import Anyone, Form, Injected, Snapshot, at_most
from backend.kernel.forms import FILES_MAX
from backend.kernel.pages import page
from modules.documents.model import pdf
from modules.documents.service import verification

_KEPT: Final = {"Cache-Control": "public, max-age=300"}
_SLACK_BYTES: Final = 1 << 16
"""For the text that may come with a file."""
_NOT_KEPT: Final = {"Cache-Control": "no-store"}


@get("/verify", guards=[Anyone()])
async def show_verification() -> Response[str]:
    """Show the form."""
    return page("documents/verify.html", headers=_KEPT, verdict=None)


@post(
    "/verify",
    guards=[Anyone(), at_most(30, per=timedelta(minutes=1), by="address")],
    status_code=200,
    request_max_body_size=pdf.BYTES_MAX + _SLACK_BYTES,
    opt={FILES_MAX: 1},
)
async def show_verdict(form: Injected[Form], snapshot: Injected[Snapshot]) -> Response[str]:
    """Show the verdict on a file, or on what was pasted. Whatever it is, there is a verdict."""
    files = form.files("file")
    raw = files[0] if files else form.text("bundle").strip().encode()
    verdict = await verification.verify_file(snapshot, raw)
    return page("documents/verify.html", headers=_NOT_KEPT, verdict=verdict)
