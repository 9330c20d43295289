"""Reasons and templates: set up, chosen, filled."""

import tomllib
from importlib.resources import files

import msgspec

from backend.kernel import Snapshot, Transaction, VersionStale
from backend.kernel.locale import language
from modules.feedback.errors import UnknownCategory, UnknownPlaceholder, UnknownReason
from modules.feedback.model.clocks import last_day
from modules.feedback.model.machines import Call
from modules.feedback.model.reports import Report
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
    unknown_placeholders,
)
from modules.feedback.repository.setup import changes
from modules.feedback.repository.setup import wording as repository
from modules.feedback.service import categories, clocks


async def require(snapshot: Snapshot, call: ReasonCall, code: str) -> None:
    """Raise `UnknownReason` unless this reason may be given for such a decision today."""
    found = await repository.reason(snapshot, call, code)
    if found is None or not found.is_open(snapshot.today):
        raise UnknownReason


async def offered(snapshot: Snapshot) -> ReasonCards:
    """Return the reasons that may be given today."""
    found = await repository.reasons(snapshot)
    return ReasonCards(items=[each.shown() for each in found if each.is_open(snapshot.today)])


async def reasons(snapshot: Snapshot) -> Reasons:
    return Reasons(items=await repository.reasons(snapshot))


async def write_reason(
    tx: Transaction, call: ReasonCall, code: str, draft: ReasonDraft, *, seen: int
) -> Reason:
    """Set up a reason, or change its words. Raises `VersionStale`."""
    before = await repository.reason(tx, call, code)
    written = await repository.put_reason(tx, call, code, draft, seen)
    if written is None or (before is None) != (seen == 0):
        raise VersionStale
    about = f"{call}/{code}"
    await changes.add(tx, "reason", about, draft.reason, before=before, after=written)
    return written


async def templates(snapshot: Snapshot) -> Templates:
    return Templates(items=await repository.templates(snapshot))


async def write_template(
    tx: Transaction, code: str, draft: TemplateDraft, *, seen: int
) -> Template:
    """Set up a template, or change it.

    Raises `VersionStale`, `UnknownPlaceholder`, `UnknownReason` or `UnknownCategory`.
    """
    unknown = unknown_placeholders(draft.text_vi, draft.text_en)
    if unknown:
        raise UnknownPlaceholder(placeholders=list(unknown))
    if draft.category is not None and not await categories.is_open(tx, draft.category):
        raise UnknownCategory
    if draft.for_reason is not None:
        await _require_reason_of(tx, draft.for_call, draft.for_reason)
    before = await repository.template(tx, code)
    written = await repository.put_template(tx, code, draft, seen)
    if written is None or (before is None) != (seen == 0):
        raise VersionStale
    await changes.add(tx, "template", code, draft.reason, before=before, after=written)
    return written


async def _require_reason_of(tx: Transaction, call: Call, code: str) -> None:
    match call:
        case Call.DECLINATION | Call.HIDING | Call.RETURN:
            await require(tx, call.value, code)
        case _:
            raise UnknownReason


async def filled(snapshot: Snapshot, report: Report, call: str) -> FilledTemplates:
    """Return what may be said with a call, with the report's own facts filled in."""
    category = (await categories.of(snapshot, report)).card()
    deadline = await clocks.deadline(snapshot, report.id)
    form = "%d/%m/%Y" if language.get() == "vi" else "%Y-%m-%d"
    values = {
        "code": report.code,
        "category": category.label,
        "agency": report.agency_name or "…",
        "due": "…" if deadline is None else f"{last_day(deadline.due_at):{form}}",
    }
    found = await repository.for_call(snapshot, call, category.code, snapshot.today)
    return FilledTemplates(items=[template.filled(values) for template in found])


class ListedReason(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A reason of the list that ships."""

    for_call: ReasonCall
    code: str
    vi: str
    en: str


class ListedTemplate(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A template of the list that ships."""

    code: str
    for_call: Call
    reason: str | None = None
    vi: str
    en: str


class Listed(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The file."""

    reason: tuple[ListedReason, ...]
    template: tuple[ListedTemplate, ...]


async def load(tx: Transaction) -> None:
    """Offer the reasons and templates that ship; what was changed here stays."""
    file = files("modules.feedback") / "data" / "wording.toml"
    listed = msgspec.convert(tomllib.loads(file.read_text(encoding="utf-8")), Listed)
    for position, reason in enumerate(listed.reason):
        words = reason.vi, reason.en
        await repository.offer_reason(tx, reason.for_call, reason.code, position, *words)
    for template in listed.template:
        words = template.vi, template.en
        about = template.for_call, template.reason
        await repository.offer_template(tx, template.code, *about, *words)
