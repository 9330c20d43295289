"""What is shown for a reason alone: who reported, and photos with all that a camera writes."""

from uuid import UUID

from litestar import Response, get, post
from litestar.params import FromPath, JSONBody

from backend.kernel import Injected, NotFound, Transaction, refuses, requires
from contracts.files import FileStore
from modules.feedback.handlers.parameters import Why
from modules.feedback.model.disclosures import Disclosing, Disclosure
from modules.feedback.scopes import IDENTITY, ORIGINALS
from modules.feedback.service import disclosures, originals


@post(
    "/desk/reports/{report_id:uuid}/reporter-disclosures",
    guards=[requires(IDENTITY)],
    status_code=200,
    responses=refuses(NotFound),
)
async def disclose_reporter(
    report_id: FromPath[UUID], data: JSONBody[Disclosing], tx: Injected[Transaction]
) -> Disclosure:
    """Learn who reported. The person reads in their access log that you did, and why."""
    return await disclosures.disclose(tx, report_id, data)


@get(
    "/desk/reports/{report_id:uuid}/originals/{file_id:uuid}",
    guards=[requires(ORIGINALS)],
    media_type="application/octet-stream",
    responses=refuses(NotFound),
)
async def download_original(
    report_id: FromPath[UUID], file_id: FromPath[UUID], reason: Why, tx: Injected[Transaction]
) -> Response[bytes]:
    """Download a photo as it came, with place and camera, until 90 days after the end.

    Whoever reported reads in their access log that you did.
    """
    store = tx.ask(FileStore)
    found = await originals.download(tx, report_id, file_id, reason, store=store)
    ending = found.media_type.rpartition("/")[2]
    headers = {
        "Cache-Control": "no-store",
        "Content-Disposition": f'attachment; filename="{file_id}.{ending}"',
    }
    # Never shown by a browser as what it says it is: it was written by a stranger.
    return Response(found.content, media_type="application/octet-stream", headers=headers)
