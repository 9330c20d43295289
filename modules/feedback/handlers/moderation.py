"""For the desk, before everybody reads a report: masks, a preview, and publishing what was seen."""

from uuid import UUID

from litestar import get, post, put
from litestar.params import FromPath, JSONBody

from backend.kernel import (
    PHOTO_REFUSALS,
    IfMatch,
    Injected,
    NotFound,
    Snapshot,
    StepUpNeeded,
    Transaction,
    refuses,
    requires,
    seen,
)
from contracts.files import FileStore
from contracts.territory import AgencyRegister, CommuneRegister
from modules.feedback.errors import (
    CategoryClosed,
    MasksUndecided,
    NotPublishable,
    OutsideTerritory,
    PhotosUnseen,
    PlaceContradicts,
    PlaceNeeded,
    PreviewStale,
    UnknownCategory,
    UnknownCommune,
)
from modules.feedback.handlers.desk import shown
from modules.feedback.handlers.parameters import MOVED
from modules.feedback.model.moderation import (
    Batch,
    BatchAnswers,
    Masks,
    NewCategory,
    NewPlace,
    Publishing,
    Sealing,
)
from modules.feedback.model.views import DeskReport, Preview
from modules.feedback.scopes import TRIAGE
from modules.feedback.service import batches, correcting, moderation


@put(
    "/desk/reports/{report_id:uuid}/masks",
    guards=[requires(TRIAGE)],
    responses=refuses(*MOVED, *PHOTO_REFUSALS),
)
async def mask_report(
    report_id: FromPath[UUID],
    data: JSONBody[Masks],
    tx: Injected[Transaction],
    if_match: IfMatch = None,
) -> DeskReport:
    """Decide what of text and photos nobody else may see, and say which photos you looked at."""
    store, version = tx.ask(FileStore), seen(if_match)
    return await shown(tx, await moderation.mask(tx, report_id, data, version=version, store=store))


@get(
    "/desk/reports/{report_id:uuid}/preview",
    guards=[requires(TRIAGE)],
    responses=refuses(NotFound),
)
async def preview_report(report_id: FromPath[UUID], snapshot: Injected[Snapshot]) -> Preview:
    """Read a report as everybody would, and get the digest by which it can be published."""
    return await moderation.preview(snapshot, report_id, store=snapshot.ask(FileStore))


@post(
    "/desk/reports/{report_id:uuid}/publication",
    guards=[requires(TRIAGE)],
    status_code=200,
    responses=refuses(*MOVED, NotPublishable, MasksUndecided, PhotosUnseen, PreviewStale),
)
async def publish_report(
    report_id: FromPath[UUID],
    data: JSONBody[Publishing],
    tx: Injected[Transaction],
    if_match: IfMatch = None,
) -> DeskReport:
    """Let everybody see a report exactly as its preview showed it."""
    version = seen(if_match)
    return await shown(
        tx, await moderation.publish(tx, report_id, data.source_digest, version=version)
    )


@post(
    "/desk/reports/{report_id:uuid}/sealing",
    guards=[requires(TRIAGE)],
    status_code=204,
    responses=refuses(*MOVED),
)
async def seal_report(
    report_id: FromPath[UUID],
    data: JSONBody[Sealing],
    tx: Injected[Transaction],
    if_match: IfMatch = None,
) -> None:
    """Keep a denunciation from everybody but the identity desk, yourself included. For ever."""
    await moderation.seal(tx, report_id, data, version=seen(if_match))


@put(
    "/desk/reports/{report_id:uuid}/category",
    guards=[requires(TRIAGE)],
    responses=refuses(*MOVED, UnknownCategory, CategoryClosed),
)
async def change_category(
    report_id: FromPath[UUID],
    data: JSONBody[NewCategory],
    tx: Injected[Transaction],
    if_match: IfMatch = None,
) -> DeskReport:
    """Say what a report is really about; `competent` then names who deals with that."""
    return await shown(
        tx, await correcting.recategorise(tx, report_id, data, version=seen(if_match))
    )


@put(
    "/desk/reports/{report_id:uuid}/point",
    guards=[requires(TRIAGE)],
    responses=refuses(*MOVED, PlaceNeeded, OutsideTerritory, UnknownCommune, PlaceContradicts),
)
async def change_point(
    report_id: FromPath[UUID],
    data: JSONBody[NewPlace],
    tx: Injected[Transaction],
    if_match: IfMatch = None,
) -> DeskReport:
    """Say where it really is."""
    communes, version = tx.ask(CommuneRegister), seen(if_match)
    return await shown(
        tx, await correcting.move(tx, report_id, data, version=version, communes=communes)
    )


@post(
    "/desk/batches",
    guards=[requires(TRIAGE)],
    status_code=200,
    responses=refuses(StepUpNeeded),
)
async def run_batch(data: JSONBody[Batch], tx: Injected[Transaction]) -> BatchAnswers:
    """Make one call for up to a hundred reports; each is done or refused for itself.

    More than twenty take a key that was shown in the last five minutes, unless they are only tried.
    """
    return await batches.run(tx, data, agencies=tx.ask(AgencyRegister))
