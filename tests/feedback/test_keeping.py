"""Thirty days and five years: what happens by itself happens once, and is then forgotten."""

from collections import Counter
from collections.abc import Awaitable, Callable, Mapping
from typing import Any
from uuid import UUID, uuid4

import msgspec
import pytest
import pytest_asyncio

from backend.kernel import Transaction
from backend.kernel.database import Connection
from backend.testing import Client, Clock
from contracts.demo import SAM_SON
from modules.feedback.model.machines import Call, ReportState, Who
from modules.feedback.scopes import FOLLOW, OWN
from modules.feedback.service.history import verify
from modules.feedback.service.keeping import Kept
from modules.feedback.settings import Settings

from .staging import SCENES, WHY, Stage

Act = Callable[..., Awaitable[Any]]
Set = Callable[..., Awaitable[Stage]]


@pytest.fixture(scope="module")
def settings(settings: Mapping[Any, Any]) -> Mapping[type[msgspec.Struct], msgspec.Struct]:
    """Marks are forgotten while we watch."""
    kept = msgspec.structs.replace(settings[Settings], marks_days=5)
    return {**settings, Settings: kept}


@pytest_asyncio.fixture(loop_scope="session", autouse=True)
async def fresh(connection: Connection) -> None:
    """Tests travel in time, and the book of days does not go back."""
    await connection.execute("truncate feedback.manifest, feedback.head")


async def told(connection: Connection, scene: Stage) -> Counter[str]:
    rows = await connection.fetch(
        "select type from kernel.event where subject = $1", scene.report["id"]
    )
    return Counter(row["type"].removeprefix("feedback.").removesuffix(".v1") for row in rows)


async def test_thirty_days_pass_and_everything_happens_once_across_two_processes(
    stage: Set, at: Any, work: Any, clock: Clock, connection: Connection, tx: Transaction
) -> None:
    at("2025-10-06T08:00")
    await work()
    waiting = await stage((Call.ASSIGNMENT,))
    asked = await stage(SCENES[ReportState.NEEDS_INFO])
    resolved = await stage(SCENES[ReportState.RESOLVED])
    again = await stage(SCENES[ReportState.REOPEN_REQUESTED])
    held = await stage((Call.CLAIM,))
    declined = await stage(SCENES[ReportState.DECLINED])

    for _ in range(30 * 4):
        clock.advance(hours=6)
        await work()

    late = await told(connection, waiting)
    assert late["unaccepted"] == 1
    assert late["report-due-soon"] == late["report-overdue"] == 1
    assert late["report-escalated"] == 2
    silent, _ = await asked.standing()
    own = await asked.people[Who.REPORTER].get(f"/v1/feedback/reports/{asked.report['id']}")
    kinds = Counter(step["kind"] for step in own.json()["timeline"])
    assert (silent.report, kinds["silence"]) == (
        ReportState.RECEIVED,
        1,
    )  # and nobody held on to it
    assert (await held.standing())[0].report is ReportState.RECEIVED
    reopened = await told(connection, again)
    assert (reopened["report-reopened"], reopened["report-assigned"]) == (1, 2)
    for over in (resolved, declined):
        ended = await told(connection, over)
        assert (ended["report-closed"], ended["report-anonymised"]) == (1, 1)
        assert (await over.standing())[0].report is ReportState.CLOSED
    await connection.execute("select set_config('tinhs.kind', 'job', false)")
    days = await connection.fetch("select day from feedback.manifest order by day")
    assert len({row["day"] for row in days}) == len(days) >= 29
    verdict = await verify(tx)
    assert (verdict.breaches, verdict.days) == ([], [])


async def test_what_is_over_is_forgotten_step_by_step_and_its_history_holds(
    stage: Set, at: Any, work: Any, connection: Connection, tx: Transaction, client: Client
) -> None:
    at("2025-08-04T08:00")
    await work()
    scene = await stage(SCENES[ReportState.RESOLVED])
    kept: list[Any] = []
    for moment in ("2025-08-31T03:00", "2025-09-30T03:00", "2026-10-01T03:00", "2031-10-01T03:00"):
        at(moment)
        await work()
        await connection.execute("select set_config('tinhs.kind', 'job', false)")
        kept.append(
            await connection.fetchval(
                "select kept from feedback.report where id = $1", scene.report["id"]
            )
        )

    words = await connection.fetchval(
        "select original from feedback.report_text where report_id = $1", scene.report["id"]
    )
    salts = await connection.fetchval(
        "select count(*) from feedback.event_salt where report_id = $1", scene.report["id"]
    )
    reporter = await connection.fetchrow(
        "select person_id, erased_at from feedback.reporter where report_id = $1",
        scene.report["id"],
    )
    assert kept[0] == 3
    assert kept == sorted(kept, reverse=True)
    assert kept[-1] == 0
    assert (words, salts) == ("", 0)
    assert reporter is not None
    assert reporter["person_id"] is None
    public = await client.get(f"/v1/feedback/public/reports/{scene.report['code']}")
    assert public.status_code == 200
    verdict = await verify(tx)
    assert [b for b in verdict.breaches if b.code == scene.report["code"]] == []


async def test_an_original_is_shown_for_a_reason_and_forgotten_with_the_marks(
    stage: Set, at: Any, work: Any, as_staff: Any, pothole: bytes, fetch: Any
) -> None:
    at("2025-08-04T08:00")
    await work()
    scene = await stage((Call.CLAIM,), photos=[pothole])
    moderator, officer = scene.people[Who.MODERATOR], scene.people[Who.AGENCY]
    (photo,) = (await scene.desk())["photos"]
    path = f"/v1/feedback/desk/reports/{scene.report['id']}/originals/{photo['file_id']}"
    why = {"reason": WHY}
    elsewhere = as_staff("moderator", areas=[SAM_SON])

    shown = await moderator.get(path, params=why)
    refused = [
        (await moderator.get(path)).status_code,
        (await officer.get(path, params=why)).status_code,
        (await elsewhere.get(path, params=why)).status_code,
    ]
    said = (await scene.desk())["notes"]
    told = await scene.people[Who.REPORTER].get("/v1/account/access-log")
    await scene.play((Call.WITHDRAWAL,))
    at("2025-08-08T03:00")
    await work()
    soon = await moderator.get(path, params=why)
    at("2025-08-11T03:00")
    await work()
    late = await moderator.get(path, params=why)

    assert shown.content == pothole
    assert shown.headers["content-type"] == "application/octet-stream"
    assert shown.headers["content-disposition"].startswith("attachment")
    assert refused == [400, 403, 404]
    assert any(note["text"].endswith(WHY) for note in said)
    assert told.json()["items"][0]["purpose"] == "feedback.originals"
    assert (soon.status_code, late.status_code) == (200, 404)
    (left,) = (await scene.desk())["photos"]
    assert await fetch(left["url"])  # what is shown stays


async def test_what_a_person_sent_is_given_out_and_erased_when_it_is_over(
    stage: Set, at: Any, work: Any, tx: Transaction, connection: Connection, client: Client
) -> None:
    at("2025-10-06T08:00")
    await work()
    over, open_one = await stage((Call.CLAIM, Call.WITHDRAWAL)), await stage((Call.CLAIM,))
    person = over.people[Who.REPORTER].person_id
    assert person is not None
    ours = Kept(tx)

    exported = {part.table: part.rows for part in await ours.export(person)}
    holds = await ours.holds(person)
    await ours.erase(person, uuid4())
    left = {part.table: part.rows for part in await ours.export(person)}

    codes = [row["code"] for row in exported["feedback.report"]]
    assert {over.report["code"], open_one.report["code"]} <= set(codes)
    assert [hold.until for hold in holds] == [None]
    kept = [row["code"] for row in left["feedback.report"]]
    assert over.report["code"] not in kept
    assert open_one.report["code"] in kept
    verdict = await verify(tx)
    assert [b for b in verdict.breaches if b.code == over.report["code"]] == []


async def test_two_accounts_of_one_person_become_one(
    stage: Set, as_citizen: Any, tx: Transaction
) -> None:
    scene = await stage()
    old, new = scene.people[Who.REPORTER].person_id, as_citizen(OWN, FOLLOW).person_id
    assert old is not None
    assert new is not None

    await Kept(tx).merge(old, new)

    (reports,) = [part.rows for part in await Kept(tx).export(new)]
    assert scene.report["code"] in [row["code"] for row in reports]
    assert UUID(reports[0]["id"])


async def test_a_tail_that_is_cut_off_with_its_version_is_missed_by_the_manifest(
    stage: Set, at: Any, work: Any, tx: Transaction, connection: Connection
) -> None:
    at("2025-08-04T08:00")
    await work()
    scene = await stage((Call.CLAIM,))
    for day in ("2025-08-05T08:00", "2025-08-06T08:00"):
        at(day)
        await work()
    report_id = scene.report["id"]
    async with connection.transaction():
        await connection.execute("select set_config('tinhs.kind', 'job', true)")
        await connection.execute("alter table feedback.event disable trigger event_stands")
        for table in ("event_salt", "event"):
            await connection.execute(
                f"delete from feedback.{table} where report_id = $1 and seq > 1", report_id
            )
        await connection.execute(
            "update feedback.report set version = 1, state = 'received' where id = $1", report_id
        )
        await connection.execute("alter table feedback.event enable trigger event_stands")

    verdict = await verify(tx)

    found = [(b.what, b.seq > 1) for b in verdict.breaches if b.code == scene.report["code"]]
    assert found == [("manifest", True)]
