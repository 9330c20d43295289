"""What a report is really about, and where: corrected by the desk before anybody deals with it."""

from uuid import UUID

from backend.kernel import Transaction
from contracts.territory import CommuneRegister
from modules.feedback.model.machines import Call, Who
from modules.feedback.model.moderation import NewCategory, NewPlace
from modules.feedback.model.reports import Report
from modules.feedback.repository import correcting as repository
from modules.feedback.service import categories, desk
from modules.feedback.service.moves import Words, make
from modules.feedback.service.places import placed
from modules.feedback.service.projection import settle


async def recategorise(
    tx: Transaction, report_id: UUID, wanted: NewCategory, *, version: int
) -> Report:
    """Put a report under another category, as that stands today; its deadlines stay.

    Raises `UnknownCategory` or `CategoryClosed`.
    """
    report = await desk.find(tx, report_id)
    category = await categories.opened(tx, wanted.category)
    said = Words(text=wanted.text, codes=(report.category_code, category.code))
    await make(tx, report, Call.CATEGORY, Who.MODERATOR, version=version, words=said)
    await repository.recategorise(tx, report_id, category)
    return await settle(tx, report)


async def move(
    tx: Transaction,
    report_id: UUID,
    wanted: NewPlace,
    *,
    version: int,
    communes: CommuneRegister,
) -> Report:
    """Put a report where it really is. Raises what `placed` raises.

    The history keeps that it was moved and from which commune, never the points.
    """
    report = await desk.find(tx, report_id)
    point = wanted.location
    commune = await placed(point, wanted.commune_code, on=tx.today, communes=communes)
    said = Words(text=wanted.text, codes=(report.commune_code, commune.code))
    await make(tx, report, Call.PLACE, Who.MODERATOR, version=version, words=said)
    await repository.move(tx, report_id, point, commune.code)
    return await settle(tx, report)
