"""For the few who may know who reported."""

from uuid import UUID

from litestar import post
from litestar.params import FromPath, JSONBody

from backend.kernel import Injected, NotFound, Transaction, refuses, requires
from modules.feedback.model.disclosures import Disclosing, Disclosure
from modules.feedback.scopes import IDENTITY
from modules.feedback.service import disclosures


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
