"""Deadlines: counted in working days, moved by what may move them, and by nothing else."""

from collections import Counter
from collections.abc import Awaitable, Callable, Mapping
from datetime import datetime
from typing import Any

import asyncpg
import msgspec
import pytest

from backend.kernel import VIETNAM, Transaction
from backend.kernel.database import Connection
from backend.testing import Client
from backend.work.perform import Workshop
from contracts.calendar import WorkingCalendar
from contracts.demo import HAC_THANH, agency_of
from modules.feedback.model.clocks import Clock as TimePiece
from modules.feedback.scopes import OWN
from modules.feedback.service import clocks
from modules.feedback.service.sweeping import sweep
from modules.feedback.settings import Settings

from .staging import reveal, vietnam

Act = Callable[..., Awaitable[Any]]
Pass = Callable[..., Awaitable[None]]

MORE = {"days": 3, "text": "Chờ vật tư nhựa nóng từ nhà máy, hẹn ba ngày."}
WHY = "Đồng ý gia hạn vì mưa bão kéo dài."


ANY: Mapping[str, Any] = {
    "report_id": "0198c0de-0000-7000-8000-000000000000",
    "cycle": 1,
    "kind": "handling",
    "deadline_class": "normal",
    "original_class": "normal",
    "original_due_at": datetime(2025, 1, 1, tzinfo=VIETNAM),
    "due_at": datetime(2025, 1, 1, tzinfo=VIETNAM),
    "provisional": False,
}


def due(day: str) -> str:
    """Write 24:00 of a day as answers write it."""
    return f"{day}T00:00:00+07:00"


@pytest.fixture
def given(
    as_citizen: Any, as_staff: Any, at: Callable[[str], None], file: Act, act: Act
) -> Callable[..., Awaitable[Any]]:
    """Have a report filed and given to its agency at a moment: `await given("2025-10-06T10:00")`.

    Returns the people, who signed in then, and the report.
    """

    async def set_up(moment: str, **changes: Any) -> Any:
        at(moment)
        people = {
            "citizen": as_citizen(OWN),
            "moderator": as_staff("moderator", areas=[HAC_THANH]),
            "officer": as_staff("officer", areas=[HAC_THANH], agency_id=agency_of(HAC_THANH)),
        }
        filed = (await file(people["citizen"], **{"category": "noise", **changes})).json()
        await act(people["moderator"], "desk", filed, "claim")
        assigned = await act(people["moderator"], "desk", filed, "assignments", json={})
        assert assigned.status_code == 200, assigned.text
        await act(people["officer"], "work", filed, "acceptance")
        return people, filed

    return set_up


async def deadline(people: Any, report: Any) -> Any:
    seen = await people["citizen"].get(f"/v1/feedback/reports/{report['id']}")
    return seen.json()["deadline"]


@pytest.mark.parametrize(
    ("received", "until"),
    [
        ("2025-08-23T09:00", "2025-09-06"),
        ("2025-11-21T16:59", "2025-12-03"),
        ("2024-07-28T23:59", "2024-08-08"),
        ("2022-07-19T00:00", "2022-07-29"),
    ],
)
async def test_the_deadlines_that_hue_published_come_out(
    tx: Transaction, received: str, until: str
) -> None:
    moment = vietnam(received)
    clock = msgspec.convert({**ANY, "began_at": moment}, TimePiece)

    found = await clocks.due(tx.ask(WorkingCalendar), clock, clocks.term(Settings(), clock))

    assert found.isoformat() == due(until)


@pytest.mark.parametrize(
    ("received", "until", "why"),
    [
        ("2025-08-23T09:00", "2025-09-06", "as Huế counted, over 2 September"),
        ("2025-11-21T16:59", "2025-12-03", "as Huế counted, an ordinary week"),
        ("2026-02-10T09:00", "2026-02-27", "five days of Tết"),
        ("2026-08-26T09:00", "2026-09-10", "two holidays and a day off that is swapped"),
        ("2026-08-20T09:00", "2026-08-29", "the Saturday that is worked for it"),
        ("2025-10-11T23:00", "2025-10-23", "a Saturday begins on Monday"),
    ],
)
async def test_days_off_move_a_deadline_and_worked_saturdays_move_it_back(
    given: Act, received: str, until: str, why: str
) -> None:
    people, report = await given(received)

    shown = await deadline(people, report)

    assert shown["original_due_at"] == shown["due_at"] == due(until), why
    assert shown["provisional"] is (received > "2026")


async def test_the_desk_has_a_working_day_and_its_slowness_is_not_added(
    as_citizen: Any, as_staff: Any, at: Any, file: Act, act: Act
) -> None:
    at("2025-10-10T15:00")
    citizen, moderator = as_citizen(OWN), as_staff("moderator", areas=[HAC_THANH])
    filed = (await file(citizen)).json()
    at("2025-10-14T10:00")
    late = (await citizen.get(f"/v1/feedback/reports/{filed['id']}")).json()["deadline"]

    answer = await act(moderator, "desk", filed, "assignments", json={})

    assert filed["deadline"]["due_at"] == due("2025-10-14")
    assert (late["kind"], late["is_late"]) == ("triage", True)
    assert answer.json()["deadline"]["kind"] == "handling"
    assert answer.json()["deadline"]["due_at"] == due("2025-10-22")


async def test_everybody_reads_both_deadlines(given: Act, client: Client) -> None:
    people, report = await given("2025-10-06T10:00")

    own = await deadline(people, report)
    desk = await people["moderator"].get(f"/v1/feedback/desk/reports/{report['id']}")
    work = await people["officer"].get(f"/v1/feedback/work/reports/{report['id']}")
    public = (await client.get(f"/v1/feedback/public/reports/{report['code']}")).json()

    assert own == desk.json()["deadline"] == work.json()["deadline"]
    assert public["original_due_at"] == public["due_at"] == due("2025-10-16")


async def test_an_approved_extension_moves_the_second_deadline_alone(
    given: Act, at: Any, act: Act, client: Client
) -> None:
    people, report = await given("2025-10-06T10:00")

    asked = await act(people["officer"], "work", report, "extensions", json=MORE)
    before = await deadline(people, report)
    granted = await decide(people, report, act, "granted")

    assert asked.status_code == 200, asked.text
    assert before["due_at"] == due("2025-10-16")
    assert granted["deadline"]["original_due_at"] == due("2025-10-16")
    assert granted["deadline"]["due_at"] == due("2025-10-21")
    own = (await people["citizen"].get(f"/v1/feedback/reports/{report['id']}")).json()
    assert own["timeline"][-1]["text"] == WHY
    assert own["timeline"][-1]["codes"] == ["granted", "3", due("2025-10-16"), due("2025-10-21")]
    public = (await client.get(f"/v1/feedback/public/reports/{report['code']}")).json()
    assert (public["original_due_at"], public["due_at"]) == (due("2025-10-16"), due("2025-10-21"))


async def test_a_refused_extension_moves_nothing(given: Act, act: Act) -> None:
    people, report = await given("2025-10-06T10:00")
    await act(people["officer"], "work", report, "extensions", json=MORE)

    refused = await decide(people, report, act, "refused")

    assert refused["deadline"]["due_at"] == due("2025-10-16")
    assert refused["extension"] is None


async def test_one_asks_for_time_once_within_bounds_and_before_it_is_over(
    given: Act, at: Any, act: Act
) -> None:
    people, report = await given("2025-10-06T10:00")
    ask = (people["officer"], "work", report, "extensions")

    too_much = await act(*ask, json={**MORE, "days": 11})
    first = await act(*ask, json=MORE)
    second = await act(*ask, json=MORE)

    assert [too_much.status_code, first.status_code, second.status_code] == [409, 200, 409]
    assert too_much.json()["most"] == 10
    assert second.json()["type"].endswith("/feedback/limit-reached")

    people, late = await given("2025-10-06T10:00")
    at("2025-10-16T00:01")
    answer = await act(people["officer"], "work", late, "extensions", json=MORE)
    assert answer.json()["type"].endswith("/feedback/window-over")


async def test_the_time_of_the_desk_is_given_back_to_the_agency(
    given: Act, at: Any, act: Act
) -> None:
    people, report = await given("2025-10-06T10:00")
    said = {"text": "Đã nhắc nhở và lập biên bản vi phạm."}
    done = await act(people["officer"], "work", report, "result", json=said)
    at("2025-10-09T10:00")

    refused = await act(people["moderator"], "desk", report, "refusal", json={"text": WHY})

    assert done.json()["deadline"]["stopped_at"] is not None
    assert refused.json()["deadline"]["stopped_at"] is None
    assert refused.json()["deadline"]["original_due_at"] == due("2025-10-16")
    assert refused.json()["deadline"]["due_at"] == due("2025-10-21")


async def test_a_question_pauses_and_its_answer_goes_on_where_it_was_asked(
    given: Act, at: Any, act: Act
) -> None:
    people, report = await given("2025-10-06T10:00")
    asked = await act(people["moderator"], "desk", report, "questions", json={"text": WHY})
    at("2025-10-09T10:00")
    paused = await deadline(people, report)

    answer = {"text": "Nhà số 12, gọi 0912 345 678."}
    answered = await act(people["citizen"], "reports", report, "answers", json=answer)

    assert (asked.status_code, asked.json()["state"]) == (200, "needs_info")
    assert asked.json()["answer_due_at"] == due("2025-10-14")
    assert (paused["is_paused"], paused["due_at"]) == (True, due("2025-10-16"))
    assert answered.json()["state"] == "with_agency"
    assert answered.json()["deadline"]["original_due_at"] == due("2025-10-16")
    assert answered.json()["deadline"]["due_at"] == due("2025-10-21")
    agency = await people["officer"].get(f"/v1/feedback/work/reports/{report['id']}")
    assert "Nhà số 12" in agency.text
    assert "0912" not in agency.text


async def test_a_reporter_who_does_not_answer_holds_nothing_up(
    given: Act, at: Any, act: Act, work: Any
) -> None:
    people, report = await given("2025-10-06T10:00")
    await work()
    await act(people["moderator"], "desk", report, "questions", json={"text": WHY})
    for moment in ("2025-10-13T23:50", "2025-10-14T00:10", "2025-10-14T00:20"):
        at(moment)
        await work()

    own = (await people["citizen"].get(f"/v1/feedback/reports/{report['id']}")).json()

    assert own["state"] == "with_agency"
    assert [step["kind"] for step in own["timeline"]].count("silence") == 1
    assert own["deadline"]["due_at"] == due("2025-10-24")


async def test_a_stranger_cannot_answer(given: Act, act: Act, as_citizen: Any) -> None:
    people, report = await given("2025-10-06T10:00")
    await act(people["moderator"], "desk", report, "questions", json={"text": WHY})

    answer = {"text": "Nhà số 12."}
    refused = await act(as_citizen(OWN), "reports", report, "answers", version=1, json=answer)

    assert refused.status_code == 404


async def test_another_class_counts_from_the_same_day(given: Act) -> None:
    people, report = await given("2025-10-06T10:00")
    path = f"/v1/feedback/desk/reports/{report['id']}"
    seen = (await people["moderator"].get(path)).json()

    answer = await people["moderator"].put(
        f"{path}/class",
        json={"deadline_class": "complex", "text": WHY},
        headers={"If-Match": f'"{seen["version"]}"'},
    )

    assert answer.status_code == 200, answer.text
    assert answer.json()["deadline"]["original_due_at"] == due("2025-10-16")
    assert answer.json()["deadline"]["due_at"] == due("2025-10-30")


async def test_what_is_said_and_planned_moves_nothing(given: Act, at: Any, act: Act) -> None:
    people, report = await given("2025-10-06T10:00")
    before = await deadline(people, report)
    at("2025-10-08T10:00")

    await act(people["officer"], "work", report, "plan", json={"planned_for": "2025-10-13"})
    hidden = {"reason": "other", "text": WHY}
    await act(people["moderator"], "desk", report, "hiding", json=hidden)
    await reveal(people["moderator"], report["id"])

    assert await deadline(people, report) == before


@pytest.mark.parametrize(
    "change", ["original_due_at = original_due_at + interval '1 day'", "provisional = true"]
)
async def test_the_first_deadline_resists_sql(
    given: Act, connection: Connection, change: str
) -> None:
    _, report = await given("2025-10-06T10:00")
    await connection.execute("select set_config('tinhs.kind', 'job', false)")

    with pytest.raises(asyncpg.InsufficientPrivilegeError):
        await connection.execute(
            f"update feedback.clock set {change} where report_id = $1", report["id"]
        )


async def test_a_provisional_deadline_is_counted_once_more_when_its_year_is_certain(
    given: Act, as_staff: Any, work: Any, client: Client, connection: Connection
) -> None:
    people, report = await given("2028-03-06T10:00")
    before = await deadline(people, report)
    days = [{"date": "2028-03-08", "kind": "holiday", "name": "Ngày nghỉ thử"}]
    for seen, confirmed in ((0, False), (1, True)):
        body = {"source": "Thông báo thử", "confirmed": confirmed, "days": days}
        answer = await as_staff("admin").put(
            "/v1/calendar/days?year=2028", json=body, headers={"If-Match": f'"{seen}"'}
        )
        assert answer.status_code == 200, answer.text

    await work()

    after = await deadline(people, report)
    public = (await client.get(f"/v1/feedback/public/reports/{report['code']}")).json()
    assert (before["provisional"], after["provisional"]) == (True, False)
    assert before["original_due_at"] == due("2028-03-16")
    assert after["original_due_at"] == after["due_at"] == public["due_at"] == due("2028-03-17")
    told = await events(connection, report)
    assert told["feedback.deadline-confirmed.v1"] == 2  # of the desk's clock, and the agency's


async def test_who_is_late_is_spoken_of_once_at_each_level_by_two_processes(
    given: Act, at: Any, work: Any, connection: Connection
) -> None:
    _, report = await given("2025-10-06T10:00")

    for day in (10, 13, 14, 15, 16, 17, 20, 21, 30):
        at(f"2025-10-{day}T12:00")
        await work()

    told = await events(connection, report)
    assert told["feedback.report-due-soon.v1"] == 1
    assert told["feedback.report-overdue.v1"] == 1
    assert told["feedback.report-escalated.v1"] == 2


async def test_many_that_are_late_are_all_spoken_of_in_one_sweep(
    given: Act, at: Any, shops: tuple[Workshop, Workshop], connection: Connection
) -> None:
    _, report = await given("2025-10-06T10:00")
    await connection.execute("select set_config('tinhs.kind', 'job', false)")
    await connection.execute(COPIES, report["id"])
    at("2025-10-17T12:00")

    # What follows from it, some eight thousand pieces of work, is left undone.
    async with shops[0].transaction() as tx:
        await sweep(tx)

    raised = await connection.fetchval(
        "select count(*) from feedback.escalation where report_id = $1 and level = 1",
        report["id"],
    )
    assert raised == 1001


COPIES = """
    insert into feedback.clock (
        report_id, cycle, kind, deadline_class, original_class, began_at, original_due_at, due_at,
        provisional, next_check_at)
    select report_id, cycle + n, kind, deadline_class, original_class, began_at, original_due_at,
           due_at, provisional, next_check_at
      from feedback.clock, generate_series(1, 1000) as n
     where report_id = $1 and kind = 'handling'
"""


async def decide(people: Any, report: Any, act: Act, decision: str) -> Any:
    desk = await people["moderator"].get(f"/v1/feedback/desk/reports/{report['id']}")
    asked = desk.json()["extension"]["id"]
    answer = await act(
        people["moderator"],
        "desk",
        report,
        f"extensions/{asked}/decision",
        json={"decision": decision, "text": WHY},
    )
    assert answer.status_code == 200, answer.text
    return answer.json()


async def events(connection: Connection, report: Any) -> Counter[str]:
    rows = await connection.fetch("select type from kernel.event where subject = $1", report["id"])
    return Counter(row["type"] for row in rows)
