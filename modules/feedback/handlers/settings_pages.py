"""Pages for administrators: what may be reported, how long it takes, and what officers write."""

from typing import Annotated, Final

from litestar import Response, get, post
from litestar.params import FromPath, PathParameter
from msgspec.structs import asdict

from backend.kernel import Form, Injected, Nav, Snapshot, Transaction, requires
from backend.kernel.pages import work_page
from modules.feedback.errors import UnknownPlaceholder
from modules.feedback.handlers.category_pages import CATEGORY_PAGES
from modules.feedback.handlers.channel_pages import CHANNEL_PAGES
from modules.feedback.handlers.handover_pages import HANDOVER_NAV, HANDOVER_PAGES
from modules.feedback.handlers.setup.parts import SETTINGS, Done, back, name_of, version_of
from modules.feedback.model.categories import DeadlineClass
from modules.feedback.model.machines import Call
from modules.feedback.model.setup.terms import TermDraft
from modules.feedback.model.setup.wording import (
    PLACEHOLDERS,
    ReasonCall,
    ReasonDraft,
    Template,
    TemplateDraft,
)
from modules.feedback.repository.setup import changes
from modules.feedback.scopes import CONFIGURE
from modules.feedback.service.setup import categories, terms, wording

_AT_ONCE: Final = 30
_WRITTEN_FOR: Final = (Call.DECLINATION, Call.QUESTION, Call.RETURN, Call.RESULT, Call.REFUSAL)
_SAMPLE: Final = {
    "code": "PA-7K3M9Q",
    "category": "Đường sá",
    "agency": "UBND phường Hạc Thành",
    "due": "28/11/2026",
}
"""What fills the places of a text before it is used."""

Code = Annotated[str, PathParameter(pattern="^[a-z][a-z0-9-]{0,39}$")]


@get("/settings", guards=[requires(CONFIGURE)])
async def show_settings(snapshot: Injected[Snapshot], done: Done = "") -> Response[str]:
    """Show categories, terms and reasons as they stand, and who changed what, and why."""
    return work_page(
        "feedback/settings.html",
        snapshot.principal,
        categories=await categories.versions(snapshot),
        terms=(await terms.listed(snapshot)).items,
        reasons=(await wording.reasons(snapshot)).items,
        changes=(await changes.listed(snapshot, None, None, None, _AT_ONCE)).items,
        today=snapshot.today,
        done=done,
    )


@post("/settings/terms/{deadline_class:str}", guards=[requires(CONFIGURE)], status_code=303)
async def keep_terms(
    deadline_class: FromPath[DeadlineClass], form: Injected[Form], tx: Injected[Transaction]
) -> Response[None]:
    """Say how long a class may take from a day on."""
    await terms.write(tx, deadline_class, form.read(TermDraft))
    return back(SETTINGS, deadline_class)


@post("/settings/reasons/{for_call:str}/{code:str}", guards=[requires(CONFIGURE)], status_code=303)
async def keep_reason(
    for_call: FromPath[ReasonCall],
    code: Code,
    form: Injected[Form],
    tx: Injected[Transaction],
) -> Response[None]:
    """Change the words of a reason, or the day on which it ends."""
    draft = form.read(ReasonDraft)
    await wording.write_reason(tx, for_call, code, draft, seen=version_of(form))
    return back(SETTINGS, code)


@get("/settings/templates", guards=[requires(CONFIGURE)])
async def show_templates(snapshot: Injected[Snapshot], done: Done = "") -> Response[str]:
    """Show the texts that officers begin with, each as it would be filled."""
    return await _templates(snapshot, done=done)


@post("/settings/templates", guards=[requires(CONFIGURE)], status_code=303)
async def keep_template(
    form: Injected[Form], tx: Injected[Transaction]
) -> Response[None] | Response[str]:
    """Keep a text, new or changed; one with a place that nothing fills is shown again."""
    code, draft = name_of(form), form.read(TemplateDraft)
    try:
        await wording.write_template(tx, code, draft, seen=version_of(form))
    except UnknownPlaceholder as refused:
        return await _templates(tx, refused=refused, written=(code, draft))
    return back(f"{SETTINGS}/templates", code)


async def _templates(
    snapshot: Snapshot,
    *,
    done: str = "",
    refused: UnknownPlaceholder | None = None,
    written: tuple[str, TemplateDraft] | None = None,
) -> Response[str]:
    items = (await wording.templates(snapshot)).items
    return work_page(
        "feedback/templates.html",
        snapshot.principal,
        status=200 if refused is None else refused.status,
        templates=items,
        samples={each.code: _filled(each) for each in items},
        calls=[call.value for call in _WRITTEN_FOR],
        places=PLACEHOLDERS,
        refused=refused is not None,
        written=None if written is None else {"code": written[0], **asdict(written[1])},
        done=done,
    )


def _filled(template: Template) -> str:
    return template.filled(_SAMPLE).text


PAGES: Final = (
    show_settings,
    keep_terms,
    keep_reason,
    show_templates,
    keep_template,
    *CATEGORY_PAGES,
    *CHANNEL_PAGES,
    *HANDOVER_PAGES,
)
SETTINGS_NAV: Final = (
    HANDOVER_NAV,
    Nav(name="settings", path=SETTINGS, scope=CONFIGURE, key="s", icon="tools"),
)
