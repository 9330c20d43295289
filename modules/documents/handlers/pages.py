"""The page on which anybody asks whether a document is genuine."""

from datetime import timedelta
from typing import Final

from litestar import Response, get, post

from backend.kernel import Anyone, Form, Injected, Snapshot, at_most
from backend.kernel.pages import page
from modules.documents.service import verification

_KEPT: Final = {"Cache-Control": "public, max-age=300"}
_NOT_KEPT: Final = {"Cache-Control": "no-store"}


@get("/verify", guards=[Anyone()])
async def show_verification() -> Response[str]:
    """Show the form."""
    return page("documents/verify.html", headers=_KEPT, verdict=None)


@post(
    "/verify",
    guards=[Anyone(), at_most(30, per=timedelta(minutes=1), by="address")],
    status_code=200,
)
async def show_verdict(form: Injected[Form], snapshot: Injected[Snapshot]) -> Response[str]:
    """Show the verdict on what was pasted. Whatever that is, there is a verdict."""
    verdict = await verification.verify(snapshot, form.text("bundle").strip().encode())
    return page("documents/verify.html", headers=_NOT_KEPT, verdict=verdict)
