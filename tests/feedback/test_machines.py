"""What may become of a report, alone and under any sequence of calls."""

from collections import Counter

import pytest
from hypothesis import given
from hypothesis import strategies as st

from modules.feedback.model.machines import (
    FILED,
    MACHINES,
    AssignmentState,
    Call,
    PublicationState,
    RatingState,
    ReportState,
    Standing,
    Who,
    after,
    allowed,
)

RATED = (ReportState.RESOLVED, ReportState.DECLINED, ReportState.REOPEN_REQUESTED)
ENDED = (ReportState.WITHDRAWN, ReportState.CLOSED)


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
        if led.report is ReportState.RESOLVED:
            assert work is AssignmentState.APPROVED
        if led.report is ReportState.WITHDRAWN:
            assert led.publication is not PublicationState.PUBLIC
        if led.publication is PublicationState.SEALED:
            assert work in (None, AssignmentState.RETURNED, AssignmentState.CANCELLED)
        assert (led.report is ReportState.DUPLICATE) == (led.merged_from is not None)
        assert (led.rating in (RatingState.OPEN, RatingState.GIVEN)) == (led.report in RATED)
        standing = led
