"""What an agency's system is given: what the agency's officers read, and nothing else."""

from datetime import datetime

from backend.kernel import Transaction
from contracts.agency_systems import AnsweredQuestion, Recall, WorkOrder
from contracts.files import FileStore
from modules.feedback.model.handovers import Handover
from modules.feedback.model.reports import Report
from modules.feedback.repository import reports
from modules.feedback.service import reading

LINK_SECONDS = 86_400
"""How long a system may take to fetch a photo."""


async def work_of(tx: Transaction, handover: Handover, report: Report) -> WorkOrder:
    """Return the order: it is made of the agency's own view of the report, so that whatever is
    masked there is masked here.
    """
    store = tx.ask(FileStore)
    view = await reading.work(tx, report, (), store=store)
    reported = [
        each
        for each in await reports.attachments(tx, report.id)
        if each.role == "reported" and each.is_picture
    ]
    return WorkOrder(
        ref=str(handover.id),
        agency_id=handover.agency_id,
        code=view.code,
        cycle=view.cycle,
        category=view.category.code,
        category_label=view.category.label,
        text=view.text,
        answers=[AnsweredQuestion(label=each.label, words=each.words) for each in view.answers],
        commune_code=view.commune_code,
        lat=None if view.location is None else view.location.lat,
        lon=None if view.location is None else view.location.lon,
        address=view.address,
        photos=[store.link(each.file_id, "clean", seconds=LINK_SECONDS) for each in reported],
        due_at=None if view.deadline is None else view.deadline.due_at,
    )


def recall_of(handover: Handover, reference: str, at: datetime) -> Recall:
    """Return the recall of work that has this number there."""
    return Recall(
        ref=str(handover.id),
        agency_id=handover.agency_id,
        code=handover.code,
        reference=reference,
        at=at,
    )
