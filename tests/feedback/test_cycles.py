"""What comes after a result: opinions, another cycle, the end; and reports that nobody looks at."""

from collections import Counter
from collections.abc import Awaitable, Callable
from typing import Any

import pytest

from backend.kernel.database import Connection
from backend.testing import Caller, Client
from contracts.demo import HAC_THANH, SAM_SON, agency_of
from modules.feedback.model.machines import Call, ReportState, Who
from modules.feedback.scopes import OWN

from .conftest import LIGHTING
from .staging import SCENES, WHY, Stage

Act = Callable[..., Awaitable[Any]]
Set = Callable[..., Awaitable[Stage]]
RESOLVED = SCENES[ReportState.RESOLVED]
AGAIN = (Call.REOPENING, Call.REOPENING_GRANTED, Call.ACCEPTANCE, Call.RESULT, Call.APPROVAL)


async def told(connection: Connection, scene: Stage) -> Counter[str]:
    rows = await connection.fetch(
        "select type from kernel.event where subject = $1", scene.report["id"]
    )
    return Counter(row["type"].removeprefix("feedback.").removesuffix(".v1") for row in rows)


async def own(scene: Stage) -> Any:
    path = f"/v1/feedback/reports/{scene.report['id']}"
    return (await scene.people[Who.REPORTER].get(path)).json()


async def test_an_opinion_may_be_changed_and_the_earlier_one_is_kept(
    stage: Set, connection: Connection
) -> None:
    scene = await stage(RESOLVED)
    path = f"/v1/feedback/reports/{scene.report['id']}"
    reporter = scene.people[Who.REPORTER]

    for value, reasons in ((1, ["slow"]), (3, ["fixed"])):
        version = (await own(scene))["version"]
        answer = await reporter.put(
            f"{path}/rating",
            json={"value": value, "reasons": reasons},
            headers={"If-Match": f'"{version}"'},
        )
        assert answer.status_code == 200, answer.text

    (rating,) = (await own(scene))["ratings"]
    assert (rating["state"], rating["value"], rating["reasons"]) == ("given", 3, ["fixed"])
    await connection.execute("select set_config('tinhs.kind', 'job', false)")
    past = await connection.fetch(
        "select value, reasons from feedback.rating_past where report_id = $1", scene.report["id"]
    )
    assert [(row["value"], row["reasons"]) for row in past] == [(1, ["slow"])]


async def test_the_reporter_rates_and_asks_again_in_a_browser(stage: Set) -> None:
    scene = await stage(RESOLVED)
    reporter, home = scene.people[Who.REPORTER], "/account/feedback/reports"
    address = f"{home}/{scene.report['id']}"
    listed = await reporter.get(home)
    stale = {"version": "1", "text": WHY}
    version = (await own(scene))["version"]

    late = await reporter.post(f"{address}/reopening", data=stale)
    rated = await reporter.post(f"{address}/rating", data={"version": str(version), "value": "1"})
    asked = {"version": str((await own(scene))["version"]), "text": WHY}
    again = await reporter.post(f"{address}/reopening", data=asked)
    stranger = await scene.people[Who.MODERATOR].get(address)

    assert f'href="{address}"' in listed.text
    assert (late.status_code, rated.status_code, again.status_code) == (412, 303, 303)
    assert WHY in late.text
    assert rated.headers["location"] == address
    assert (await own(scene))["state"] == "reopen_requested"
    assert stranger.headers["location"] == f"/account/login?back={address}"


async def test_a_bad_opinion_may_ask_for_another_cycle_in_the_same_breath(stage: Set) -> None:
    scene = await stage(RESOLVED)
    path = f"/v1/feedback/reports/{scene.report['id']}/rating"
    headers = {"If-Match": f'"{(await own(scene))["version"]}"'}
    ask = scene.people[Who.REPORTER].put

    pleased = await ask(path, json={"value": 3, "reopening": {"text": WHY}}, headers=headers)
    answer = await ask(path, json={"value": 1, "reopening": {"text": WHY}}, headers=headers)

    assert pleased.status_code == 422
    assert answer.json()["state"] == "reopen_requested"
    assert answer.json()["ratings"][0]["value"] == 1


async def test_reopening_works_twice_and_not_thrice(stage: Set) -> None:
    scene = await stage((*RESOLVED, *AGAIN, *AGAIN))

    refused = await scene.make(Call.REOPENING)

    assert refused.status_code == 409
    assert refused.json()["type"].endswith("/feedback/limit-reached")
    seen = await own(scene)
    assert (seen["state"], len(seen["ratings"])) == ("resolved", 3)


async def test_each_cycle_has_a_clock_of_its_own_and_the_old_one_stands(
    stage: Set, at: Any, connection: Connection
) -> None:
    at("2025-10-06T10:00")
    scene = await stage(RESOLVED)
    at("2025-10-20T10:00")
    await scene.play((Call.REOPENING, Call.REOPENING_GRANTED))

    deadline = (await own(scene))["deadline"]

    assert deadline["original_due_at"] == deadline["due_at"] == "2025-10-30T00:00:00+07:00"
    await connection.execute("select set_config('tinhs.kind', 'job', false)")
    before = await connection.fetchrow(
        "select stopped_at, due_at from feedback.clock"
        " where report_id = $1 and cycle = 1 and kind = 'handling'",
        scene.report["id"],
    )
    assert before is not None
    assert before["stopped_at"].isoformat() == "2025-10-06T10:00:00+07:00"
    assert before["due_at"].isoformat() == "2025-10-16T00:00:00+07:00"


@pytest.mark.parametrize(
    ("moment", "status"), [("2025-10-21T23:59:59", 200), ("2025-10-22T00:00:01", 409)]
)
async def test_the_window_is_fifteen_days_after_the_end(
    stage: Set, at: Any, moment: str, status: int
) -> None:
    at("2025-10-06T10:00")
    scene = await stage(RESOLVED)
    await scene.make(Call.HIDING)  # moves no window
    at(moment)

    answers = [await scene.make(Call.RATING), await scene.make(Call.REOPENING)]

    assert [answer.status_code for answer in answers] == [status, status]
    if status == 409:
        assert all(a.json()["type"].endswith("/feedback/window-over") for a in answers)


async def test_whoever_approved_does_not_refuse_to_look_again(stage: Set) -> None:
    scene = await stage(SCENES[ReportState.REOPEN_REQUESTED])

    answer = await scene.make(Call.REOPENING_REFUSED, scene.other)

    assert answer.json()["type"].endswith("/feedback/four-eyes")


async def test_the_silence_of_the_desk_gives_it_back_to_the_agency(
    stage: Set, at: Any, work: Any, connection: Connection
) -> None:
    at("2025-10-06T10:00")
    scene = await stage(SCENES[ReportState.REOPEN_REQUESTED])
    await work()
    states = []
    for moment in ("2025-10-09T23:50", "2025-10-10T00:10", "2025-10-10T00:30"):
        at(moment)
        await work()
        states.append((await own(scene))["state"])

    assert states == ["reopen_requested", "with_agency", "with_agency"]
    assert (await told(connection, scene))["report-reopened"] == 1


async def test_what_was_declined_for_another_channel_is_not_reopened(stage: Set, act: Act) -> None:
    scene = await stage((Call.CLAIM,))
    body = {"reason": "other-channel", "text": WHY}
    await act(scene.other, "desk", scene.report, "declination", json=body)

    answer = await scene.make(Call.REOPENING)

    assert answer.json()["type"].endswith("/feedback/not-from-here")


async def test_a_finished_report_closes_when_its_window_is_over(
    stage: Set, at: Any, work: Any, connection: Connection
) -> None:
    at("2025-10-06T10:00")
    scene = await stage(RESOLVED)
    await work()
    states = []
    for moment in ("2025-10-21T23:50", "2025-10-22T00:10", "2025-10-23T00:30"):
        at(moment)
        await work()
        states.append((await own(scene))["state"])

    assert states == ["resolved", "closed", "closed"]
    assert (await own(scene))["ratings"][0]["state"] == "locked"
    assert (await own(scene))["result"] is not None
    assert (await told(connection, scene))["report-closed"] == 1


async def test_an_idle_claim_is_let_go(stage: Set, at: Any, work: Any) -> None:
    at("2025-10-06T10:00")
    scene = await stage((Call.CLAIM,))
    at("2025-10-06T10:29")
    await work()
    held, _ = await scene.standing()
    at("2025-10-06T10:31")
    await work()

    free, desk = await scene.standing()

    assert (held.report, free.report) == (ReportState.IN_REVIEW, ReportState.RECEIVED)
    assert desk["claimed_by"] is None


async def test_only_the_lead_of_the_desk_breaks_a_claim_and_says_why(
    stage: Set, as_staff: Any
) -> None:
    scene = await stage((Call.CLAIM,))
    path = f"/v1/feedback/desk/reports/{scene.report['id']}/claim"
    lead = as_staff("moderator", "lead", areas=[HAC_THANH])

    async def release(who: Caller, **more: Any) -> Any:
        _, desk = await scene.standing()
        return await who.send("DELETE", path, headers={"If-Match": f'"{desk["version"]}"'}, **more)

    colleague = await release(scene.other, params={"reason": WHY})
    silent = await release(lead)
    answer = await release(lead, params={"reason": WHY})

    assert colleague.json()["type"].endswith("/feedback/claimed-by-another")
    assert silent.json()["type"].endswith("/feedback/reason-needed")
    assert (answer.status_code, answer.json()["state"]) == (200, "received")


async def test_work_that_is_not_accepted_is_spoken_of_once(
    stage: Set, at: Any, work: Any, connection: Connection
) -> None:
    at("2025-10-06T10:00")
    scene = await stage((Call.ASSIGNMENT,))
    await work()
    for moment in ("2025-10-07T23:50", "2025-10-08T00:10", "2025-10-09T00:30"):
        at(moment)
        await work()

    assert (await told(connection, scene))["unaccepted"] == 1


async def test_an_agency_gives_a_report_back_twice_and_not_thrice(
    stage: Set, connection: Connection
) -> None:
    back = (Call.ASSIGNMENT, Call.RETURN)
    scene = await stage((*back, *back, Call.ASSIGNMENT))

    refused = [await scene.make(Call.RETURN) for _ in range(2)]

    assert {answer.json()["type"].rpartition("/")[2] for answer in refused} == {"limit-reached"}
    assert (await told(connection, scene))["report-returned"] == 2
    assert (await told(connection, scene))["return-refused"] == 2  # kept, though all else is not


async def test_the_question_of_an_agency_passes_the_desk_twice_in_a_cycle(
    stage: Set, act: Act
) -> None:
    scene = await stage(SCENES[ReportState.WITH_AGENCY])
    first, second, third = [await scene.make(Call.INQUIRY) for _ in range(3)]
    assert (first.status_code, second.status_code) == (200, 200)
    assert third.json()["type"].endswith("/feedback/limit-reached")
    assert "inquiry" not in [step["kind"] for step in (await own(scene))["timeline"]]

    _, desk = await scene.standing()
    proposal = desk["inquiries"][0]
    asked = {"text": "Xin cho biết số nhà cụ thể.", "inquiry_id": proposal["id"]}
    moderator = scene.people[Who.MODERATOR]
    answer = await act(moderator, "desk", scene.report, "questions", json=asked)

    assert answer.json()["state"] == "needs_info"
    assert [each["id"] for each in answer.json()["inquiries"]] == [desk["inquiries"][1]["id"]]
    assert (await own(scene))["timeline"][-1]["text"] == asked["text"]
    again = await act(moderator, "desk", scene.report, "questions", json=asked)
    assert again.status_code == 404


async def test_a_result_waits_for_those_who_help_or_for_the_desk_to_do_without(
    stage: Set, as_staff: Any, act: Act
) -> None:
    scene = await stage()
    moderator = scene.people[Who.MODERATOR]
    coordinator = as_staff("lead", areas=[], agency_id=LIGHTING)
    other = as_staff("lead", areas=[], agency_id=agency_of(SAM_SON))
    to = {"coordinators": [str(LIGHTING), str(agency_of(SAM_SON))]}
    given = await act(moderator, "desk", scene.report, "assignments", json=to)
    await scene.make(Call.ACCEPTANCE)

    early = await scene.make(Call.RESULT)
    done = await act(coordinator, "work", scene.report, "contribution", json={"text": WHY})
    twice = await act(coordinator, "work", scene.report, "contribution", json={"text": WHY})
    waits = next(
        each
        for each in given.json()["coordinators"]
        if each["agency"]["id"] == str(agency_of(SAM_SON))
    )
    _, desk = await scene.standing()
    waived = await moderator.send(
        "DELETE",
        f"/v1/feedback/desk/reports/{scene.report['id']}/assignments/{waits['id']}",
        headers={"If-Match": f'"{desk["version"]}"'},
        params={"reason": WHY},
    )
    finished = await scene.make(Call.RESULT)

    assert early.json()["type"].endswith("/feedback/coordinators-open")
    assert len(early.json()["agencies"]) == 2
    assert done.status_code == 200, done.text
    assert twice.status_code == 409
    assert (await other.get(f"/v1/feedback/work/reports/{scene.report['id']}")).status_code == 404
    assert waived.status_code == 200, waived.text
    assert finished.status_code == 200, finished.text


async def test_an_agency_that_a_report_is_about_neither_gets_nor_sees_it(
    stage: Set, as_staff: Any
) -> None:
    scene = await stage()
    committee = str(agency_of(HAC_THANH))
    path = f"/v1/feedback/desk/reports/{scene.report['id']}"
    noted = await scene.people[Who.MODERATOR].put(
        f"{path}/concern",
        json={"agency_id": committee, "text": WHY},
        headers={"If-Match": '"1"'},
    )
    theirs = as_staff("moderator", areas=[HAC_THANH], agency_id=agency_of(HAC_THANH))

    assigned = await scene.people[Who.MODERATOR].post(
        f"{path}/assignments",
        json={"agency_id": committee},
        headers={"If-Match": '"2"'},
    )

    assert noted.json()["competent"] == []
    assert assigned.json()["type"].endswith("/feedback/agency-concerned")
    assert (await theirs.get(path)).status_code == 404
    assert scene.report["code"] not in (await theirs.get("/v1/feedback/desk/reports")).text


async def test_what_was_found_stays_public_when_it_begins_again(stage: Set, client: Client) -> None:
    scene = await stage((*RESOLVED, Call.REOPENING))

    shown = (await client.get(f"/v1/feedback/public/reports/{scene.report['code']}")).json()

    assert (shown["state"], shown["state_label"]) == ("reopen_requested", "Đề nghị xử lý lại")
    assert shown["result"] is not None


async def test_a_stranger_neither_rates_nor_reopens(stage: Set, as_citizen: Any) -> None:
    scene = await stage(RESOLVED)
    stranger = as_citizen(OWN)

    answers = [await scene.make(call, stranger) for call in (Call.RATING, Call.REOPENING)]

    assert [answer.status_code for answer in answers] == [404, 404]
