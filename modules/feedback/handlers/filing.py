"""For citizens: what one can report, reporting, and what became of it."""

from uuid import UUID

from litestar import get, post
from litestar.params import FromPath, JSONBody

from backend.kernel import (
    PHOTO_REFUSALS,
    Anyone,
    IfMatch,
    Injected,
    NotFound,
    Origin,
    Photos,
    Snapshot,
    TooManyRequests,
    Transaction,
    Tries,
    UnknownFile,
    refuses,
    requires,
    seen,
)
from contracts.files import FileStore
from contracts.page import Page
from contracts.territory import CommuneRegister
from modules.feedback.errors import (
    AccountNeeded,
    AnswersInvalid,
    Blocked,
    CategoryClosed,
    KeyReused,
    LimitReached,
    OtherChannel,
    OutsideTerritory,
    PlaceContradicts,
    PlaceNeeded,
    TooManyPhotos,
    UnknownCategory,
    UnknownCommune,
    WindowOver,
)
from modules.feedback.handlers.parameters import (
    MOVED,
    REFERENCE,
    TAKES_PHOTOS,
    Cursor,
    Device,
    Key,
    Limit,
    Token,
)
from modules.feedback.model.categories import Category
from modules.feedback.model.receipts import Filed
from modules.feedback.model.reports import Filing, LatePhotos
from modules.feedback.model.views import OwnItem, OwnReport
from modules.feedback.scopes import OWN
from modules.feedback.service import categories, filing, tracking
from modules.feedback.service.senders import sender


@get("/categories", guards=[Anyone()], cache_control=REFERENCE)
async def list_categories(snapshot: Injected[Snapshot]) -> Page[Category]:
    """List what one can report today, in the order in which it is offered."""
    return Page(items=await categories.offered(snapshot))


@post(
    "/reports",
    guards=[Anyone()],
    opt=TAKES_PHOTOS,
    responses=refuses(
        UnknownCategory,
        CategoryClosed,
        OtherChannel,
        AnswersInvalid,
        PlaceNeeded,
        OutsideTerritory,
        UnknownCommune,
        PlaceContradicts,
        TooManyPhotos,
        KeyReused,
        OtherChannel,
        AccountNeeded,
        Blocked,
        TooManyRequests,
        UnknownFile,
        *PHOTO_REFUSALS,
    ),
)
async def file_report(
    data: JSONBody[Filing],
    photos: Injected[Photos],
    idempotency_key: Key,
    tx: Injected[Transaction],
    origin: Injected[Origin],
    device: Device = None,
) -> Filed:
    """Report something to the authorities, with up to five photos.

    Send JSON, with photos sent ahead named in `files`; or a form whose part `data` is that JSON
    and whose parts `photos` are the photos. Repeat a lost request with the same Idempotency-Key,
    even days later: it stays one report. Without an account the answer carries a `token`, which
    opens the report as `Tracking-Token`; make the key of random bytes then, for it proves whose
    filing this is when it is sent again.
    """
    return await filing.file(
        tx,
        data,
        photos,
        sender=sender(tx, origin, device),
        key=idempotency_key,
        communes=tx.ask(CommuneRegister),
        store=tx.ask(FileStore),
    )


@get("/me/reports", guards=[requires(OWN)])
async def list_own_reports(
    snapshot: Injected[Snapshot], cursor: Cursor = None, limit: Limit = 20
) -> Page[OwnItem]:
    """List your own reports, newest first."""
    return await filing.mine(snapshot, cursor, limit, store=snapshot.ask(FileStore))


@get(
    "/reports/{report_id:uuid}",
    guards=[Anyone()],
    responses=refuses(NotFound, TooManyRequests),
)
async def read_report(
    report_id: FromPath[UUID],
    snapshot: Injected[Snapshot],
    tries: Injected[Tries],
    tracking_token: Token = None,
) -> OwnReport:
    """Read one of your own reports, and everything that happened to it."""
    await tracking.show(snapshot, tries, tracking_token, report_id=report_id)
    return await filing.read(snapshot, report_id, store=snapshot.ask(FileStore))


@post(
    "/reports/{report_id:uuid}/attachments",
    guards=[Anyone()],
    status_code=200,
    responses=refuses(*MOVED, TooManyRequests, WindowOver, LimitReached, UnknownFile),
)
async def attach_photos(
    report_id: FromPath[UUID],
    data: JSONBody[LatePhotos],
    tx: Injected[Transaction],
    tries: Injected[Tries],
    tracking_token: Token = None,
    device: Device = None,
    if_match: IfMatch = None,
) -> OwnReport:
    """Send photos after a report that announced them in `expected_files`, within a day."""
    await tracking.show(tx, tries, tracking_token, report_id=report_id)
    store, version = tx.ask(FileStore), seen(if_match)
    await filing.attach(tx, report_id, data, version=version, store=store, device=device)
    return await filing.read(tx, report_id, store=store)


@post(
    "/reports/{report_id:uuid}/withdrawal",
    guards=[Anyone()],
    status_code=200,
    responses=refuses(*MOVED, TooManyRequests),
)
async def withdraw_report(
    report_id: FromPath[UUID],
    tx: Injected[Transaction],
    tries: Injected[Tries],
    tracking_token: Token = None,
    if_match: IfMatch = None,
) -> OwnReport:
    """Take one of your own reports back, as long as nobody has finished with it."""
    await tracking.show(tx, tries, tracking_token, report_id=report_id)
    await filing.withdraw(tx, report_id, version=seen(if_match))
    return await filing.read(tx, report_id, store=tx.ask(FileStore))
