"""What may become of a report, alone and under any sequence of calls."""

from collections import Counter
from collections.abc import Awaitable, Callable
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from backend.testing import Caller
from modules.feedback.model.machines import (
    ASSIGNMENT,
    FILED,
    PUBLICATION,
    REPORT,
    AssignmentState,
    Call,
    PublicationState,
    ReportState,
    Standing,
    Who,
    after,
    allowed,
)

Act = Callable[..., Awaitable[Any]]
MACHINES = (REPORT, ASSIGNMENT, PUBLICATION)
ENDED = (ReportState.RESOLVED, ReportState.DECLINED, ReportState.WITHDRAWN)


def test_a_report_begins_where_it_was_filed() -> None:
    assert after(Standing(), Call.FILING) == FILED


def test_no_call_leads_two_ways() -> None:
    for machine in MACHINES:
        leaving = Counter((move.source, move.call) for move in machine.moves)
        assert set(leaving.values()) == {1}


def test_every_state_can_be_reached() -> None:
    reached, waiting = set[Standing](), [FILED]
    while waiting:
        standing = waiting.pop()
        if standing not in reached:
            reached.add(standing)
            waiting += filter(None, (after(standing, call) for call in Call))

    assert {standing.report for standing in reached} == set(ReportState)
    assert {standing.assignment for standing in reached} == {None, *AssignmentState}
    assert {standing.publication for standing in reached} == set(PublicationState)


def test_nobody_begins_twice_and_nothing_ended_goes_on() -> None:
    for ended in ENDED:
        for call in Call:
            led = after(Standing(report=ended, publication=PublicationState.PRIVATE), call)
            assert led is None or led.report is ended
    assert after(FILED, Call.FILING) is None


@pytest.mark.parametrize("who", Who)
def test_each_part_is_offered_what_the_table_gives_it(who: Who) -> None:
    theirs = {move.call for machine in MACHINES for move in machine.moves if move.who is who}

    assert set(allowed(FILED, who)) <= theirs


@given(st.lists(st.sampled_from(Call), max_size=30))
def test_no_sequence_leaves_the_tables(calls: list[Call]) -> None:
    standing = FILED
    for call in calls:
        led = after(standing, call)
        if led is None:
            continue
        work = led.assignment
        assert (ReportState.WITH_AGENCY in (led.report, led.asked_from)) == (
            work in (AssignmentState.OFFERED, AssignmentState.ACCEPTED, AssignmentState.WORKING)
        )
        assert (led.report is ReportState.AWAITING_APPROVAL) == (work is AssignmentState.DONE)
        assert (led.report is ReportState.RESOLVED) == (work is AssignmentState.APPROVED)
        if led.report in (ReportState.RECEIVED, ReportState.WITHDRAWN):
            assert led.publication is not PublicationState.PUBLIC
        standing = led


REASON = {"reason": "other-channel", "text": "Một lý do đủ dài để được nhận."}
BODIES: dict[Call, Any] = {
    Call.ASSIGNMENT: {},
    Call.PLAN: {"planned_for": "2099-01-01"},
    Call.RESULT: {"text": "Đã nhắc nhở và lập biên bản vi phạm."},
    Call.DECLINATION: REASON,
    Call.REFUSAL: {"text": REASON["text"]},
    Call.QUESTION: {"text": REASON["text"]},
    Call.ANSWER: {"text": "Số 12."},
    Call.HIDING: {**REASON, "reason": "other"},
}
PATHS = {
    Call.ASSIGNMENT: "assignments",
    Call.QUESTION: "questions",
    Call.ANSWER: "answers",
}
BOUNDED = {Call.FILING, Call.SILENCE, Call.CLASS, Call.EXTENSION, Call.EXTENSION_DECISION}
"""Calls that ask for more than the tables do; their own tests say what."""


@given(st.lists(st.sampled_from([call for call in Call if call not in BOUNDED]), max_size=12))
@settings(
    max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
async def test_the_house_does_what_the_tables_say(
    citizen: Caller,
    as_staff: Callable[..., Caller],
    moderator: Caller,
    officer: Caller,
    file: Act,
    act: Act,
    calls: list[Call],
) -> None:
    report = (await file(citizen, category="noise", key=f"{id(calls)}-{len(calls)}")).json()
    callers = {
        Who.REPORTER: (citizen, "reports"),
        Who.MODERATOR: (moderator, "desk"),
        Who.AGENCY: (officer, "work"),
    }
    parts = {move.call: move.who for machine in MACHINES for move in machine.moves}
    standing, version = FILED, 1

    for call in calls:
        caller, part = callers[parts[call]]
        body = {"json": BODIES[call]} if call in BODIES else {}
        answer = await act(caller, part, report, PATHS.get(call, call), version=version, **body)
        led = after(standing, call)
        if led is None:
            unseen = part == "work" and standing.assignment in (None, AssignmentState.CANCELLED)
            assert answer.status_code == (404 if unseen else 409), answer.text
            continue
        assert answer.status_code == 200, answer.text
        version = answer.json()["version"]
        if (
            standing.publication is PublicationState.PRIVATE
            and standing.report is (ReportState.RECEIVED)
            and call in (Call.CLAIM, Call.ASSIGNMENT)
        ):
            led = after(led, Call.PUBLICATION) or led
        seen = (await moderator.get(f"/v1/feedback/desk/reports/{report['id']}")).json()
        live = None if led.assignment is AssignmentState.CANCELLED else led.assignment
        assert (seen["state"], seen["assignment"], seen["publication"]) == (
            led.report,
            live,
            led.publication,
        )
        standing = led
