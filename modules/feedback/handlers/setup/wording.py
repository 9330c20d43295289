"""Reasons and templates: set up by administrators, used by officers, read by everybody."""

from typing import Annotated
from uuid import UUID

from litestar import get, put
from litestar.params import FromPath, JSONBody, PathParameter

from backend.kernel import (
    Anyone,
    IfMatch,
    Injected,
    NotFound,
    Snapshot,
    Transaction,
    VersionRequired,
    VersionStale,
    refuses,
    requires,
    seen,
)
from modules.feedback.errors import UnknownCategory, UnknownPlaceholder, UnknownReason
from modules.feedback.handlers.parameters import REFERENCE
from modules.feedback.model.setup.wording import (
    FilledTemplates,
    Reason,
    ReasonCall,
    ReasonCards,
    ReasonDraft,
    Reasons,
    Template,
    TemplateDraft,
    Templates,
)
from modules.feedback.scopes import CONFIGURE, TRIAGE, WORK
from modules.feedback.service import desk, work
from modules.feedback.service.setup import wording

CallName = Annotated[str, PathParameter(pattern="^[a-z_]{3,30}$")]
"""A call as a timeline names it: `declination`."""
Code = Annotated[str, PathParameter(pattern="^[a-z][a-z0-9-]{0,39}$")]


@get("/reasons", guards=[Anyone()], cache_control=REFERENCE)
async def list_reasons(snapshot: Injected[Snapshot]) -> ReasonCards:
    """List by which reasons reports are declined, hidden and given back."""
    return await wording.offered(snapshot)


@get("/config/reasons", guards=[requires(CONFIGURE)])
async def list_all_reasons(snapshot: Injected[Snapshot]) -> Reasons:
    """List every reason, those that have ended included."""
    return await wording.reasons(snapshot)


@put(
    "/config/reasons/{for_call:str}/{code:str}",
    guards=[requires(CONFIGURE)],
    responses=refuses(VersionRequired, VersionStale),
)
async def put_reason(
    for_call: FromPath[ReasonCall],
    code: Code,
    data: JSONBody[ReasonDraft],
    tx: Injected[Transaction],
    if_match: IfMatch = None,
) -> Reason:
    """Set up a reason, or change its words; `If-Match: "0"` for a new one."""
    return await wording.write_reason(tx, for_call, code, data, seen=seen(if_match))


@get("/config/templates", guards=[requires(CONFIGURE)])
async def list_report_templates(snapshot: Injected[Snapshot]) -> Templates:
    """List the texts that officers begin with."""
    return await wording.templates(snapshot)


@put(
    "/config/templates/{code:str}",
    guards=[requires(CONFIGURE)],
    responses=refuses(
        VersionRequired, VersionStale, UnknownPlaceholder, UnknownReason, UnknownCategory
    ),
)
async def put_report_template(
    code: Code,
    data: JSONBody[TemplateDraft],
    tx: Injected[Transaction],
    if_match: IfMatch = None,
) -> Template:
    """Set up a text to begin with: `{code}`, `{category}`, `{agency}`, `{due}` are filled in."""
    return await wording.write_template(tx, code, data, seen=seen(if_match))


@get(
    "/desk/reports/{report_id:uuid}/templates/{call:str}",
    guards=[requires(TRIAGE)],
    responses=refuses(NotFound),
)
async def fill_templates(
    report_id: FromPath[UUID], call: CallName, snapshot: Injected[Snapshot]
) -> FilledTemplates:
    """List texts to begin with for a call, filled with this report's own facts."""
    return await wording.filled(snapshot, await desk.find(snapshot, report_id), call)


@get(
    "/work/reports/{report_id:uuid}/templates/{call:str}",
    guards=[requires(WORK)],
    responses=refuses(NotFound),
)
async def fill_work_templates(
    report_id: FromPath[UUID], call: CallName, snapshot: Injected[Snapshot]
) -> FilledTemplates:
    """List texts to begin with for a call of your agency, filled with this report's own facts."""
    return await wording.filled(snapshot, await work.find(snapshot, report_id), call)
