"""The buttons of a report's pages. Each calls the service that its REST twin calls, with the same
words and the same version; a test pairs them.
"""

from collections.abc import Awaitable, Callable, Mapping
from typing import Annotated, Final
from uuid import UUID

import msgspec
from msgspec import Meta

from backend.kernel import Form, NotFound, Photos, Transaction
from contracts.calendar import WorkingCalendar
from contracts.files import FileStore
from contracts.territory import AgencyRegister
from modules.feedback.model.machines import Call
from modules.feedback.model.reports import (
    Declination,
    Destination,
    ExtensionDecision,
    ExtensionRequest,
    Hiding,
    Inquiry,
    Plan,
    Reclassification,
    Refusal,
    Report,
    Result,
)
from modules.feedback.model.requests import (
    Merge,
    Proposal,
    Reason,
    ReopeningDecision,
    Return,
    Transfer,
)
from modules.feedback.repository import extensions
from modules.feedback.service import (
    coordination,
    deadlines,
    desk,
    duplicates,
    endings,
    moderation,
    questions,
    work,
)
from modules.feedback.settings import Settings

Act = Callable[[Transaction, UUID, Form, int], Awaitable[Report]]


class Seen(msgspec.Struct, frozen=True, kw_only=True):
    """Which version of the report was on the page."""

    version: Annotated[int, Meta(ge=1)]
    steps: Annotated[int, Meta(ge=0)] | None = None
    """How much of its history; the version tells, but where a part of it is not shown."""


async def pressed(
    tx: Transaction, buttons: Mapping[Call, Act], report_id: UUID, call: str, form: Form
) -> Report:
    """Do what a button says. Raises `NotFound` where there is none of that name."""
    act = next((each for name, each in buttons.items() if name == call), None)
    if act is None:
        raise NotFound
    return await act(tx, report_id, form, form.read(Seen).version)


async def _claim(tx: Transaction, report_id: UUID, _: Form, version: int) -> Report:
    return await desk.claim(tx, report_id, version=version)


async def _release(tx: Transaction, report_id: UUID, form: Form, version: int) -> Report:
    reason = _why(form)
    return await desk.release(tx, report_id, version=version, reason=reason)


async def _assign(tx: Transaction, report_id: UUID, form: Form, version: int) -> Report:
    to = form.read(Destination)
    return await desk.assign(tx, report_id, to, version=version, agencies=tx.ask(AgencyRegister))


async def _recall(tx: Transaction, report_id: UUID, form: Form, version: int) -> Report:
    report, reason = await desk.find(tx, report_id), form.read(Reason)
    if report.assignment_id is None:
        raise NotFound
    return await coordination.take_back(
        tx, report_id, report.assignment_id, reason.text, version=version
    )


async def _decline(tx: Transaction, report_id: UUID, form: Form, version: int) -> Report:
    return await desk.decline(tx, report_id, form.read(Declination), version=version)


async def _question(tx: Transaction, report_id: UUID, form: Form, version: int) -> Report:
    return await questions.ask(
        tx,
        report_id,
        form.read(Inquiry),
        version=version,
        days=tx.ask(Settings).answer_days,
        calendar=tx.ask(WorkingCalendar),
    )


async def _approve(tx: Transaction, report_id: UUID, form: Form, version: int) -> Report:
    return await desk.approve(tx, report_id, version=version, reason=_why(form))


async def _refuse(tx: Transaction, report_id: UUID, form: Form, version: int) -> Report:
    return await desk.refuse(tx, report_id, form.read(Refusal), version=version)


async def _publish(tx: Transaction, report_id: UUID, _: Form, version: int) -> Report:
    store = tx.ask(FileStore)
    return await moderation.publish_as_shown(tx, report_id, version=version, store=store)


async def _hide(tx: Transaction, report_id: UUID, form: Form, version: int) -> Report:
    return await desk.hide(tx, report_id, form.read(Hiding), version=version)


async def _classify(tx: Transaction, report_id: UUID, form: Form, version: int) -> Report:
    wanted = form.read(Reclassification)
    return await deadlines.reclassify(tx, report_id, wanted, version=version)


async def _extend(tx: Transaction, report_id: UUID, form: Form, version: int) -> Report:
    await desk.find(tx, report_id)
    asked = await extensions.asked(tx, report_id)
    if asked is None:
        raise NotFound
    decision = form.read(ExtensionDecision)
    return await deadlines.decide(tx, report_id, asked.id, decision, version=version)


async def _reopen(tx: Transaction, report_id: UUID, form: Form, version: int) -> Report:
    decision, agencies = form.read(ReopeningDecision), tx.ask(AgencyRegister)
    return await endings.decide(tx, report_id, decision, version=version, agencies=agencies)


async def _merge(tx: Transaction, report_id: UUID, form: Form, version: int) -> Report:
    return await duplicates.merge(tx, report_id, form.read(Merge), version=version)


async def _unmerge(tx: Transaction, report_id: UUID, form: Form, version: int) -> Report:
    return await duplicates.unmerge(tx, report_id, form.read(Reason), version=version)


async def _accept(tx: Transaction, report_id: UUID, _: Form, version: int) -> Report:
    return await work.accept(tx, report_id, version=version)


async def _plan(tx: Transaction, report_id: UUID, form: Form, version: int) -> Report:
    return await work.plan(tx, report_id, form.read(Plan), version=version)


async def _result(tx: Transaction, report_id: UUID, form: Form, version: int) -> Report:
    store = tx.ask(FileStore)
    said, photos = form.read(Result), Photos(form.files("photos"))
    return await work.finish(tx, report_id, said, photos, version=version, store=store)


async def _inquire(tx: Transaction, report_id: UUID, form: Form, version: int) -> Report:
    return await work.inquire(tx, report_id, form.read(Proposal), version=version)


async def _ask_time(tx: Transaction, report_id: UUID, form: Form, version: int) -> Report:
    return await deadlines.ask(tx, report_id, form.read(ExtensionRequest), version=version)


async def _transfer(tx: Transaction, report_id: UUID, form: Form, version: int) -> Report:
    return await work.transfer(tx, report_id, form.read(Transfer), version=version)


async def _return(tx: Transaction, report_id: UUID, form: Form, version: int) -> Report:
    return await work.give_back(tx, report_id, form.read(Return), version=version)


def _why(form: Form) -> str | None:
    return form.read(Reason).text if form.text("text").strip() else None


DESK: Final[dict[Call, Act]] = {
    Call.CLAIM: _claim,
    Call.ASSIGNMENT: _assign,
    Call.EXTENSION_DECISION: _extend,
    Call.REOPENING_GRANTED: _reopen,
    Call.REOPENING_REFUSED: _reopen,
    Call.APPROVAL: _approve,
    Call.REFUSAL: _refuse,
    Call.DECLINATION: _decline,
    Call.QUESTION: _question,
    Call.CLASS: _classify,
    Call.RECALL: _recall,
    Call.UNMERGE: _unmerge,
    Call.PUBLICATION: _publish,
    Call.HIDING: _hide,
    Call.RELEASE: _release,
}
"""In the order in which the page offers them."""

COMPARING: Final[dict[Call, Act]] = {Call.MERGE: _merge}
"""Of the page that shows two reports side by side."""

WORKING: Final[dict[Call, Act]] = {
    Call.ACCEPTANCE: _accept,
    Call.RESULT: _result,
    Call.PLAN: _plan,
    Call.INQUIRY: _inquire,
    Call.EXTENSION: _ask_time,
    Call.TRANSFER: _transfer,
    Call.RETURN: _return,
}

NO_WORDS: Final = frozenset({Call.CLAIM, Call.PUBLICATION, Call.ACCEPTANCE})
"""Buttons that are pressed at once."""
