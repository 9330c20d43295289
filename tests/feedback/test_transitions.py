"""Every line of the tables, and everything that is not in them: tried by those whose call it is,
and by everybody else."""

from collections.abc import Awaitable, Callable
from typing import Any

import pytest

from backend.testing import Caller
from modules.feedback.model.machines import Call, ReportState, Who, after
from modules.feedback.scopes import OWN

from .staging import CALLERS, REQUESTS, SCENES, Stage


@pytest.mark.parametrize("state", SCENES)
async def test_each_state_lets_through_what_the_tables_say_and_nothing_else(
    stage: Callable[..., Awaitable[Stage]], state: ReportState
) -> None:
    scene = await stage(SCENES[state])
    standing, _ = await scene.standing()
    assert standing.report is state

    for call in REQUESTS:
        if after(standing, call) is not None:
            scene_of_its_own = await stage(SCENES[state])
            answer = await scene_of_its_own.make(call)
            assert answer.status_code < 300, (state, call, answer.text)
            now, _ = await scene_of_its_own.standing()
            led = after(standing, call)
            assert led is not None
            assert now.report is led.report, (state, call)
            continue
        answer = await scene.make(call)
        is_nobodys = CALLERS[call] is Who.AGENCY and standing.assignment is None
        is_gone = call is Call.RECALL and standing.assignment is None
        expected = 404 if is_nobodys or is_gone else 409
        assert answer.status_code == expected, (state, call, answer.text)
        if expected == 409:
            assert answer.json()["type"].endswith("/feedback/not-from-here"), (state, call)
            assert answer.json()["state"] == state
    assert (await scene.standing())[0] == standing


@pytest.mark.parametrize("state", SCENES)
async def test_nobody_makes_the_calls_of_another(
    stage: Callable[..., Awaitable[Stage]],
    as_citizen: Any,
    as_staff: Any,
    moderator_elsewhere: Caller,
    officer_elsewhere: Caller,
    state: ReportState,
) -> None:
    scene = await stage(SCENES[state])
    standing, _ = await scene.standing()
    intruders = {
        "a stranger": as_citizen(OWN),
        "the reporter": scene.people[Who.REPORTER],
        "the desk": scene.people[Who.MODERATOR],
        "the agency": scene.people[Who.AGENCY],
        "a desk of elsewhere": moderator_elsewhere,
        "an agency of elsewhere": officer_elsewhere,
    }
    entitled = {
        Who.REPORTER: "the reporter",
        Who.MODERATOR: "the desk",
        Who.AGENCY: "the agency",
    }

    for call in REQUESTS:
        for name, intruder in intruders.items():
            if name == entitled[CALLERS[call]]:
                continue
            answer = await scene.make(call, intruder)
            assert answer.status_code in (403, 404), (state, call, name, answer.text)
    assert (await scene.standing())[0] == standing
