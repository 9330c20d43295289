"""For whoever reported without an account: to follow the report, to take it into an account."""

from typing import Annotated
from uuid import UUID

import msgspec
from litestar import delete, get, post
from litestar.params import FromPath, HeaderParameter, JSONBody
from msgspec import Meta

from backend.kernel import (
    Anyone,
    Injected,
    NotFound,
    Snapshot,
    TooManyRequests,
    Transaction,
    Tries,
    refuses,
    requires,
)
from contracts.files import FileStore
from modules.feedback.handlers.parameters import Token
from modules.feedback.model.receipts import Receipts
from modules.feedback.model.views import OwnReport
from modules.feedback.scopes import OWN
from modules.feedback.service import contacts, filing, reading, receipts, tracking


class ShownToken(msgspec.Struct, frozen=True, kw_only=True):
    """What opens a report without an account."""

    token: Annotated[str, Meta(min_length=1, max_length=64, examples=["PA-7K3F9Q.nb2wk…"])]


@get("/tracked-report", guards=[Anyone()], responses=refuses(NotFound, TooManyRequests))
async def read_tracked_report(
    snapshot: Injected[Snapshot],
    tries: Injected[Tries],
    tracking_token: Annotated[
        str,
        HeaderParameter(
            name="Tracking-Token", max_length=64, description="`token` of the answer to the filing."
        ),
    ],
) -> OwnReport:
    """Read the report whose token you have, when all that you kept is the token.

    A link for people carries the token behind `#`, so that no server on the way is told it.
    """
    report_id = await tracking.show(snapshot, tries, tracking_token)
    if report_id is None:
        raise NotFound
    return await filing.read(snapshot, report_id, store=snapshot.ask(FileStore))


@post(
    "/reports/{report_id:uuid}/tracking-token",
    guards=[Anyone()],
    status_code=200,
    responses=refuses(NotFound, TooManyRequests),
)
async def renew_tracking_token(
    report_id: FromPath[UUID],
    tx: Injected[Transaction],
    tries: Injected[Tries],
    tracking_token: Token = None,
) -> ShownToken:
    """Get a new token for one of your own reports; the one before opens nothing any more."""
    await tracking.show(tx, tries, tracking_token, report_id=report_id)
    report = await filing.find(tx, report_id)
    return ShownToken(token=await tracking.renew(tx, report))


@get(
    "/reports/{report_id:uuid}/receipt",
    guards=[Anyone()],
    responses=refuses(NotFound, TooManyRequests),
)
async def read_receipt(
    report_id: FromPath[UUID],
    snapshot: Injected[Snapshot],
    tries: Injected[Tries],
    tracking_token: Token = None,
) -> Receipts:
    """Read what proves that you filed this report, and how it ended, to anybody and without us."""
    await tracking.show(snapshot, tries, tracking_token, report_id=report_id)
    return await receipts.held(snapshot, await filing.find(snapshot, report_id))


@delete(
    "/reports/{report_id:uuid}/contact",
    guards=[Anyone()],
    responses=refuses(NotFound, TooManyRequests),
)
async def forget_contact(
    report_id: FromPath[UUID],
    tx: Injected[Transaction],
    tries: Injected[Tries],
    tracking_token: Token = None,
) -> None:
    """Have us forget how to reach you, for good; you follow the report by its token alone."""
    await tracking.show(tx, tries, tracking_token, report_id=report_id)
    await filing.find(tx, report_id)
    await contacts.forget(tx, report_id)


@post(
    "/claims",
    guards=[requires(OWN)],
    status_code=200,
    responses=refuses(NotFound, TooManyRequests),
)
async def claim_tracked_report(
    data: JSONBody[ShownToken], tx: Injected[Transaction], tries: Injected[Tries]
) -> OwnReport:
    """Take a report that you filed without an account into yours; its token ends."""
    report = await tracking.claim(tx, tries, data.token)
    return await reading.own(tx, report, store=tx.ask(FileStore))
