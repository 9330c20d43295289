"""A school's year at once: looked at as a whole, each record signed once, whoever is killed."""

import asyncio
import json
import signal
import sys
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any, Final
from uuid import UUID, uuid4

import pytest

from backend.local.roles import DatabaseUrls
from backend.testing import Caller, Clock
from backend.work import Workshop, drain
from modules.documents.scopes import READ, SHARE
from modules.transcripts.service.closing import CLOSE_OLDER
from tests.documents.conftest import DOCUMENTS, Phone
from tests.pressing import press, shown
from tests.transcripts.conftest import TRANSCRIPTS, YEAR, year

ROOT: Final = Path(__file__).parents[2]
RUNS: Final = f"{DOCUMENTS}/issuance/runs"
PAGES: Final = "/console/documents/runs"
CLASSES: Final = ("8A", "8B")
PUPILS_OF_A_CLASS: Final = 30
AT_ONCE: Final = 25
"""So many documents a session takes."""

ONCE: Final = """
    select count(distinct document.key) as pupils,
           sum((select count(*)
                  from documents.signature
                 where signature.document_id = document.id)) as signatures,
           count(distinct log_entry.idx) as lines,
           count(distinct record.id) as numbered
      from documents.run_item as item
      join documents.document on document.kind = item.kind and document.key = item.key
      join documents.revision on revision.document_id = document.id
      join documents.log_entry on log_entry.id = revision.log_id
      join transcripts.record on record.document_id = document.id
     where item.run_id = $1
"""
"""What came of a run: a document that were there twice would count twice."""
EVERYWHERE: Final = """
    select (select count(*) from documents.log_entry) as entries,
           (select max(idx) + 1 from documents.log_entry) as size,
           (select sum(next) from documents.status_list) as given_out,
           (select count(*) from documents.placement) as taken
"""
"""A log without a gap, and no place of a list that nobody has."""

Tick = Callable[..., Awaitable[None]]
Import = Callable[..., Awaitable[list[dict[str, Any]]]]


@pytest.fixture
def registrar(as_staff: Callable[..., Caller], clerk: Caller) -> Caller:
    return as_staff("registrar", agency_id=clerk.agency_id)


@pytest.fixture
def hand_in(clerk: Caller) -> Import:
    """Writes a class: a row for each of these pupils, changed as told."""

    async def handed_in(class_name: str, pupils: list[UUID], **changed: Any) -> list[Any]:
        rows = [
            {"pupil_id": str(pupil), "record": year(class_name=class_name, **changed)}
            for pupil in pupils
        ]
        body = {"school_year": YEAR, "rows": rows}
        answer = await clerk.post(f"{TRANSCRIPTS}/records", json=body)
        assert answer.status_code == 201, answer.text
        return answer.json()["rows"]

    return handed_in


@pytest.fixture
def stand_by(colleague: Caller) -> Callable[[str], Awaitable[int]]:
    """Lets a teacher stand by every subject of a class."""

    async def stood_by(class_name: str) -> int:
        codes = [each["code"] for each in year()["subjects"]]
        body = {"school_year": YEAR, "class_name": class_name, "subjects": codes}
        answer = await colleague.post(f"{TRANSCRIPTS}/confirmations", json=body)
        assert answer.status_code == 201, answer.text
        return answer.json()["records"]

    return stood_by


@pytest.fixture
def begin(clerk: Caller, teacher: Phone, principal: Phone) -> Callable[..., Awaitable[str]]:
    """Begins a run, in which one teacher signs for every class."""

    async def begun(*classes: str, **more: str) -> str:
        body = {
            "school_year": YEAR,
            "principal_id": principal.person_id,
            "homeroom_teacher_ids": dict.fromkeys(classes, teacher.person_id),
            **more,
        }
        answer = await clerk.post(f"{TRANSCRIPTS}/runs", json=body)
        assert answer.status_code == 201, answer.text
        return answer.json()["id"]

    return begun


async def die(database: DatabaseUrls, data_dir: Path, clock: Clock, *, after_files: int) -> None:
    """Let a worker begin what is due, and be killed in the middle of it."""
    worker = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "tests.transcripts.dying", database.job, str(data_dir)),
        *(clock.now.isoformat(), str(after_files)),
        cwd=ROOT,
    )
    assert await worker.wait() == -signal.SIGKILL
    clock.advance(seconds=70)  # what it had claimed is nobody's now


async def sign_all(phone: Phone, documents: list[str]) -> None:
    for start in range(0, len(documents), AT_ONCE):
        await phone.sign(*documents[start : start + AT_ONCE])


async def counts(registrar: Caller, run: str) -> dict[str, int]:
    return (await registrar.get(f"{RUNS}/{run}")).json()["counts"]


async def test_each_pupil_gets_one_record_whoever_is_killed(
    as_citizen: Callable[..., Caller],
    hand_in: Import,
    stand_by: Callable[[str], Awaitable[int]],
    begin: Callable[..., Awaitable[str]],
    registrar: Caller,
    teacher: Phone,
    principal: Phone,
    database: DatabaseUrls,
    data_dir: Path,
    clock: Clock,
    shop: Workshop,
    tick: Tick,
    connection: Any,
    verdict: Callable[[str], Awaitable[dict[str, Any]]],
    bundle_of: Callable[..., Awaitable[str]],
) -> None:
    own = Phone(as_citizen(READ, SHARE))
    for class_name in CLASSES:
        pupils = [uuid4() for _ in range(PUPILS_OF_A_CLASS - 1)]
        pupils.append(UUID(own.person_id) if class_name == CLASSES[0] else uuid4())
        await hand_in(class_name, pupils)
        assert await stand_by(class_name) == PUPILS_OF_A_CLASS
    run = await begin(*CLASSES)

    await die(database, data_dir, clock, after_files=25)
    assert await counts(registrar, run) == {"queued": 60}
    await drain(shop)
    assert await counts(registrar, run) == {"frozen": 60}
    waiting = (await teacher.caller.get(f"{DOCUMENTS}?limit=100")).json()["items"]
    documents = [each["document_id"] for each in waiting]
    await sign_all(teacher, documents)
    await sign_all(principal, documents)
    await die(database, data_dir, clock, after_files=30)
    await tick()

    assert await counts(registrar, run) == {"issued": 60}
    await connection.execute("select set_config('tinhs.kind', 'job', false)")
    once = await connection.fetchrow(ONCE, UUID(run))
    assert dict(once) == {"pupils": 60, "signatures": 180, "lines": 60, "numbered": 60}
    everywhere = await connection.fetchrow(EVERYWHERE)
    assert everywhere["entries"] == everywhere["size"]
    assert everywhere["given_out"] == everywhere["taken"]
    (mine,) = (await own.caller.get(DOCUMENTS)).json()["items"]
    assert (await verdict(await bundle_of(own, mine["document_id"])))["verdict"] == "VALID"


async def test_one_record_that_cannot_be_signed_keeps_the_others_from_it(
    hand_in: Import,
    stand_by: Callable[[str], Awaitable[int]],
    begin: Callable[..., Awaitable[str]],
    clerk: Caller,
    registrar: Caller,
    shop: Workshop,
) -> None:
    good, bad = await hand_in("7A", [uuid4()]), await hand_in("7A", [uuid4()], study="KHA")
    await stand_by("7A")
    run = await begin("7A")
    await drain(shop)
    refused = (await clerk.get(f"{TRANSCRIPTS}/runs/{run}")).json()
    table = (await registrar.get(f"{RUNS}/{run}/errors.csv")).text.splitlines()
    page = await shown(registrar, f"{PAGES}/{run}")
    await hand_in("7A", [UUID(bad[0]["pupil_id"])])
    again = await begin("7A")
    await drain(shop)

    assert refused["run"]["state"] == "refused"
    assert refused["run"]["counts"] == {"refused": 2}
    assert [(each["key"], each["defects"][0]["pointer"]) for each in refused["wrong"]] == [
        (bad[0]["record_id"], "/study")
    ]
    assert table[1].endswith(f"{bad[0]['record_id']},refused,/study,result-mismatch,TOT")
    line = table[1].partition(",")[0]  # of the two, whichever was written first
    assert f"{line} /study result-mismatch → TOT" in page
    assert "đã cấp 0 trên 2" in await shown(registrar, PAGES)
    assert await counts(registrar, again) == {"frozen": 2}
    sheet = (await clerk.get(f"{TRANSCRIPTS}/records/{good[0]['record_id']}")).json()
    assert sheet["standing"]["state"] == "frozen"


async def test_a_class_without_a_teacher_who_signs_is_told(
    hand_in: Import,
    stand_by: Callable[[str], Awaitable[int]],
    begin: Callable[..., Awaitable[str]],
    clerk: Caller,
    shop: Workshop,
) -> None:
    await hand_in("6C", [uuid4()])
    await stand_by("6C")
    run = await begin("6B")
    await drain(shop)

    told = (await clerk.get(f"{TRANSCRIPTS}/runs/{run}")).json()

    assert (told["run"]["state"], told["wrong"][0]["defects"][0]["code"]) == ("refused", "people")


async def test_a_run_rests_and_goes_on_and_a_record_is_in_one_run(
    hand_in: Import,
    stand_by: Callable[[str], Awaitable[int]],
    begin: Callable[..., Awaitable[str]],
    registrar: Caller,
    shop: Workshop,
    clock: Clock,
) -> None:
    await hand_in("6A", [uuid4()])
    await stand_by("6A")
    run = await begin("6A", class_name="6A")
    early = await registrar.post(f"{RUNS}/{run}/pause")
    await drain(shop)
    twin = await begin("6A", class_name="6A")
    await drain(shop)

    paused = await registrar.post(f"{RUNS}/{run}/pause")
    page = f"{PAGES}/{run}"
    rests = await shown(registrar, page)
    resumed = await press(registrar, f"{page}/resume", page)
    again = await registrar.post(f"{page}/resume", key=None)
    goes_on = (await registrar.get(f"{RUNS}/{run}")).json()["state"]
    waits = await shown(registrar, f"{PAGES.removesuffix('/runs')}?run={run}")

    assert early.status_code == again.status_code == 409
    assert (paused.json()["state"], goes_on) == ("paused", "running")
    assert "tạm dừng" in rests
    assert resumed.headers["location"] == f"{page}?done=resume"
    assert f"{YEAR} 6A" in waits
    assert "giáo viên chủ nhiệm" in waits
    assert await counts(registrar, run) == {"frozen": 1}
    assert await counts(registrar, twin) == {}


async def test_a_part_is_written_whole_or_not_at_all_and_again_without_harm(
    clerk: Caller, hand_in: Import
) -> None:
    first, second = uuid4(), uuid4()
    other = {"pupil_id": str(second), "record": year(class_name="5A", school_year="2024-2025")}
    fine = {"pupil_id": str(first), "record": year(class_name="5A")}
    answers = [
        await clerk.post(f"{TRANSCRIPTS}/records", json={"school_year": YEAR, "rows": rows})
        for rows in ([fine, other], [fine, fine])
    ]
    none = (await clerk.get(f"{TRANSCRIPTS}/records?class_name=5A")).json()["items"]
    once, twice = await hand_in("5A", [first]), await hand_in("5A", [first])

    assert [each.status_code for each in answers] == [422, 422]
    assert none == []
    assert once == twice
    assert {each["code"] for each in once[0]["defects"]} == {"not-confirmed"}


async def test_a_sheet_lies_closed_and_one_of_before_is_closed_too(
    clerk: Caller, hand_in: Import, connection: Any, shop: Workshop
) -> None:
    (written,) = await hand_in("4A", [uuid4()])
    address = f"{TRANSCRIPTS}/records/{written['record_id']}"
    told = (await clerk.get(address)).json()
    at, reopened = UUID(written["record_id"]), json.dumps(told["content"])
    await connection.execute("select set_config('tinhs.kind', 'job', false)")
    sheet = "from transcripts.record where id = $1"
    is_open = f"select content is not null {sheet}"
    before = await connection.fetchval(is_open, at)
    await connection.execute(
        "update transcripts.record set content = $2::text::jsonb, content_enc = null where id = $1",
        *(at, reopened),
    )
    lying_open = (await clerk.get(address)).json()

    close_older: Any = CLOSE_OLDER.run
    async with shop.transaction() as tx:
        await close_older(tx)

    assert (before, await connection.fetchval(is_open, at)) == (False, False)
    assert told == lying_open == (await clerk.get(address)).json()


async def test_another_agency_sees_no_run(
    begin: Callable[..., Awaitable[str]], as_staff: Callable[..., Caller], shop: Workshop
) -> None:
    run = await begin("9A")
    await drain(shop)
    stranger = as_staff("registrar", "school_clerk")

    answers = [
        await stranger.get(f"{RUNS}/{run}"),
        await stranger.get(f"{RUNS}/{run}/errors.csv"),
        await stranger.post(f"{RUNS}/{run}/pause"),
        await stranger.get(f"{TRANSCRIPTS}/runs/{run}"),
    ]

    assert [each.status_code for each in answers] == [404, 404, 404, 404]
    assert (await stranger.get(RUNS)).json()["items"] == []
