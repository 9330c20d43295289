"""Every line of the tables, and everything that is not in them: tried by those whose call it is,
and by everybody else."""

from collections.abc import Awaitable, Callable, Mapping
from typing import Any

import msgspec
import pytest

from backend.testing import Caller, Client
from modules.feedback.model.machines import (
    MACHINES,
    AssignmentState,
    Call,
    PublicationState,
    RatingState,
    ReportState,
    Standing,
    Who,
    after,
)
from modules.feedback.scopes import OWN

from .staging import CALLERS, REQUESTS, SCENES, Stage

Set = Callable[..., Awaitable[Stage]]


class Scene(msgspec.Struct, frozen=True, kw_only=True):
    """How a report comes to stand somewhere, and with whose help."""

    calls: tuple[Call, ...]
    helped: bool = False


_GIVEN = (Call.ASSIGNMENT, Call.ACCEPTANCE)
EVERYWHERE: Mapping[str, Scene] = {
    **{str(state): Scene(calls=calls) for state, calls in SCENES.items()},
    "received, drafted": Scene(calls=(Call.MASKING,)),
    "received, sealed": Scene(calls=(Call.SEALING,)),
    "in_review, drafted": Scene(calls=(Call.MASKING, Call.CLAIM)),
    "in_review, hidden": Scene(calls=(Call.CLAIM, Call.HIDING)),
    "in_review, sealed": Scene(calls=(Call.CLAIM, Call.SEALING)),
    "in_review, given back": Scene(calls=(Call.ASSIGNMENT, Call.RETURN)),
    "in_review, taken back": Scene(calls=(*_GIVEN, Call.RECALL)),
    "with_agency, offered": Scene(calls=(Call.ASSIGNMENT,)),
    "with_agency, planned": Scene(calls=(*_GIVEN, Call.PLAN)),
    "with_agency, more time asked": Scene(calls=(*_GIVEN, Call.EXTENSION)),
    "with_agency, helped": Scene(calls=_GIVEN, helped=True),
    "with_agency, again": Scene(
        calls=(*SCENES[ReportState.REOPEN_REQUESTED], Call.REOPENING_GRANTED)
    ),
    "needs_info, from an agency": Scene(calls=(*_GIVEN, Call.QUESTION), helped=True),
    "resolved, rated": Scene(calls=(*SCENES[ReportState.RESOLVED], Call.RATING)),
    "duplicate, from an agency": Scene(calls=(*_GIVEN, Call.MERGE)),
}
"""Each state of each machine that a person can bring about; `test_each_state_is_there` holds it."""

WENT_BACK = {"needs_info, from an agency": Call.ANSWER, "duplicate, from an agency": Call.UNMERGE}
"""Where the report goes on with its agency: nobody outside reads where it was asked or merged."""
NONE_THERE = {
    Call.RECALL: "its agency",
    Call.WAIVER: "one that helps",
    Call.CONTRIBUTION: "one that helps",
    Call.EXTENSION_DECISION: "a request",
}
BEYOND = {
    ("with_agency, more time asked", Call.EXTENSION): "limit-reached",
    ("with_agency, helped", Call.RESULT): "coordinators-open",
    ("in_review, given back", Call.RELEASE): "claimed-by-another",  # nobody holds it
    ("in_review, taken back", Call.RELEASE): "claimed-by-another",
}
"""What the tables allow, and a limit of number or a guard of its own refuses."""


@pytest.mark.parametrize("name", EVERYWHERE)
async def test_each_state_lets_through_what_the_tables_say_and_nothing_else(
    stage: Set, name: str
) -> None:
    calls, helped = EVERYWHERE[name].calls, EVERYWHERE[name].helped
    scene = await stage(calls, helped=helped)
    standing, desk = await scene.standing()
    there = {
        "its agency": desk["assignment_id"] is not None,
        "one that helps": any(each["state"] == "offered" for each in desk["coordinators"]),
        "a request": desk["extension"] is not None,
    }

    for call in REQUESTS:
        led = after(standing, call)
        is_hidden = standing.publication is PublicationState.SEALED
        is_there = there.get(NONE_THERE.get(call, ""), True)
        is_theirs = CALLERS[call] is not Who.AGENCY or standing.assignment is not None
        if (is_hidden and CALLERS[call] is Who.MODERATOR) or not is_there or not is_theirs:
            answer = await scene.make(call, seen=desk)
            assert answer.status_code == 404, (name, call, answer.text)
        elif led is None or (name, call) in BEYOND:
            answer = await scene.make(call, seen=desk)
            slug = BEYOND.get((name, call), "not-from-here")
            assert answer.status_code == 409, (name, call, answer.text)
            assert answer.json()["type"].endswith(f"/feedback/{slug}"), (name, call)
            if slug == "not-from-here":
                assert answer.json()["state"] == standing.report
        else:
            of_its_own = await stage(calls, helped=helped)
            answer = await of_its_own.make(call)
            assert answer.status_code < 300, (name, call, answer.text)
            now, _ = await of_its_own.standing()
            if WENT_BACK.get(name) is call:
                assert now.report is ReportState.WITH_AGENCY, (name, call)
            else:
                assert now.report is led.report, (name, call)
                is_wished = call in (
                    Call.CLAIM,
                    Call.ASSIGNMENT,
                )  # publishes as its reporter wished
                if not (is_wished and standing.publication is PublicationState.PRIVATE):
                    assert now.publication is led.publication, (name, call)
    assert (await scene.standing())[0] == standing


@pytest.mark.parametrize(
    "name", [*(str(state) for state in SCENES), "received, sealed", "with_agency, helped"]
)
async def test_nobody_makes_the_calls_of_another(
    stage: Set,
    as_citizen: Any,
    as_staff: Any,
    moderator_elsewhere: Caller,
    officer_elsewhere: Caller,
    client: Client,
    name: str,
) -> None:
    scene = await stage(EVERYWHERE[name].calls, helped=EVERYWHERE[name].helped)
    standing, desk = await scene.standing()
    intruders = {
        "a stranger": as_citizen(OWN),
        "the reporter": scene.people[Who.REPORTER],
        "the desk": scene.people[Who.MODERATOR],
        "the agency": scene.people[Who.AGENCY],
        "an agency that helps": scene.people[Who.COORDINATOR],
        "a desk of elsewhere": moderator_elsewhere,
        "an agency of elsewhere": officer_elsewhere,
        "whoever configures": as_staff("admin"),
    }
    entitled = {
        Who.REPORTER: "the reporter",
        Who.MODERATOR: "the desk",
        Who.AGENCY: "the agency",
        Who.COORDINATOR: "an agency that helps",
    }

    for call in REQUESTS:
        for who, intruder in intruders.items():
            if who == entitled[CALLERS[call]]:
                continue
            answer = await scene.make(call, intruder, seen=desk)
            assert answer.status_code in (403, 404, 409), (name, call, who, answer.text)
            if answer.status_code == 409:  # its own part in it is another
                assert who in entitled.values(), (name, call, who)
                assert answer.json()["type"].endswith("/feedback/not-from-here"), (call, who)
        without = await client.request(
            REQUESTS[call].method, f"/v1/feedback/desk/reports/{scene.report['id']}/claim"
        )
        assert without.status_code in (401, 404, 405), (name, call, without.text)
    assert (await scene.standing())[0] == standing


async def test_each_state_of_each_machine_is_there(stage: Set) -> None:
    seen: set[Standing] = set()
    for scene in EVERYWHERE.values():
        made = await stage(scene.calls, helped=scene.helped)
        seen.add((await made.standing())[0])

    assert {standing.report for standing in seen} == set(ReportState)
    assert {standing.publication for standing in seen} == set(PublicationState)
    assert {standing.rating for standing in seen} == {None, *RatingState}
    over = {AssignmentState.RETURNED, AssignmentState.CANCELLED}  # shown as no work at all
    assert {standing.assignment for standing in seen} == {None, *AssignmentState} - over


def test_every_call_of_a_person_is_tried_and_the_house_has_the_others() -> None:
    persons = {
        move.call for machine in MACHINES for move in machine.moves if move.who is not Who.HOUSE
    }

    announced = {Call.ATTACHMENT}  # only of a report that announced photos: test_late_photos
    assert set(REQUESTS) == persons - {Call.FILING} - announced
