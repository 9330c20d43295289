"""What officers do for others: take reports down, go on with a colleague's work, hear them out."""

from uuid import UUID

from litestar import get, post
from litestar.params import FromPath, JSONBody

from backend.kernel import (
    PHOTO_REFUSALS,
    Forbidden,
    Injected,
    NotFound,
    Photos,
    Snapshot,
    TooManyRequests,
    Transaction,
    UnknownFile,
    refuses,
    requires,
)
from contracts.files import FileStore
from contracts.identity import Officers
from contracts.territory import CommuneRegister
from modules.feedback.errors import (
    AccountNeeded,
    AnswersInvalid,
    CategoryClosed,
    KeyReused,
    NotFromHere,
    OtherChannel,
    OutsideTerritory,
    PlaceContradicts,
    PlaceNeeded,
    UnknownCategory,
    UnknownCommune,
    UnknownOfficer,
    WindowOver,
)
from modules.feedback.handlers.parameters import Key
from modules.feedback.model.objections import Objected, Objecting, Objections
from modules.feedback.model.receipts import Filed
from modules.feedback.model.requests import HandedOver, Handover, TakenDown
from modules.feedback.scopes import FOLLOW, TRIAGE, WORK
from modules.feedback.service import coordination, filing, objections


@post(
    "/desk/reports",
    guards=[requires(TRIAGE)],
    responses=refuses(
        UnknownCategory,
        CategoryClosed,
        OtherChannel,
        AnswersInvalid,
        PlaceNeeded,
        OutsideTerritory,
        UnknownCommune,
        PlaceContradicts,
        KeyReused,
        AccountNeeded,
        TooManyRequests,
        UnknownFile,
        *PHOTO_REFUSALS,
    ),
)
async def take_down_report(
    data: JSONBody[TakenDown], idempotency_key: Key, tx: Injected[Transaction]
) -> Filed:
    """File a report for somebody who telephones, comes to the counter or writes a letter.

    The answer's `token` is theirs: read it out, or print it. What they leave of themselves is
    sealed at once, from you too.
    """
    return await filing.file(
        tx,
        data.report,
        Photos(()),
        sender=filing.at_desk(tx, data.channel),
        key=idempotency_key,
        communes=tx.ask(CommuneRegister),
        store=tx.ask(FileStore),
    )


@post(
    "/work/handovers",
    guards=[requires(WORK)],
    status_code=200,
    responses=refuses(Forbidden, UnknownOfficer),
)
async def hand_over_work(data: JSONBody[Handover], tx: Injected[Transaction]) -> HandedOver:
    """Give an officer's open work to a colleague: your own, or as a lead anybody's."""
    return await coordination.hand_over(tx, data, officers=tx.ask(Officers))


@post(
    "/public/reports/{code:str}/objections",
    guards=[requires(FOLLOW)],
    responses=refuses(NotFound, NotFromHere, WindowOver),
)
async def object_to_end(
    code: FromPath[str], data: JSONBody[Objecting], tx: Injected[Transaction]
) -> Objected:
    """Object to how a public report ended. It is counted, and you follow the report from now on."""
    return await objections.object_to(tx, code, data)


@get(
    "/desk/reports/{report_id:uuid}/objections",
    guards=[requires(TRIAGE)],
    responses=refuses(NotFound),
)
async def list_objections(report_id: FromPath[UUID], snapshot: Injected[Snapshot]) -> Objections:
    """List what followers objected to, without saying who they are."""
    return await objections.of_report(snapshot, report_id)


ROUTES = (take_down_report, hand_over_work, object_to_end, list_objections)
