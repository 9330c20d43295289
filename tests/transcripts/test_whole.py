"""A year that comes as a file, and all years of a pupil who leaves."""

import json
from collections.abc import Awaitable, Callable
from hashlib import sha256
from typing import Any
from uuid import UUID, uuid4

import pytest

from backend.testing import Caller, Client
from modules.documents.model import jws
from tests.documents.conftest import DOCUMENTS, Phone
from tests.transcripts.conftest import TRANSCRIPTS, YEAR, year

Tick = Callable[..., Awaitable[None]]
Fetch = Callable[[Phone, str], Awaitable[str]]
Ask = Callable[[str], Awaitable[dict[str, Any]]]

LEAVING = {"reason": "TRANSFER", "to_school": "Trường Trung học cơ sở Hạc Thành"}


@pytest.fixture
def where(pupil: Phone) -> str:
    return f"{TRANSCRIPTS}/pupils/{pupil.person_id}/full"


def said(bundle: str) -> dict[str, Any]:
    return json.loads(jws.decoded(json.loads(bundle)["payload"]))


async def test_the_school_seals_all_years_and_names_their_hashes(
    issued: str,
    where: str,
    clerk: Caller,
    pupil: Phone,
    tick: Tick,
    bundle_of: Fetch,
    verdict: Ask,
    client: Client,
) -> None:
    begun = await clerk.post(where, json=LEAVING)
    assert begun.status_code == 201, begun.text
    await tick()
    await tick()

    bundle = await bundle_of(pupil, begun.json()["document_id"])
    whole, one = said(bundle), await bundle_of(pupil, issued)
    told = await verdict(bundle)
    printed = await pupil.caller.get(f"{DOCUMENTS}/{begun.json()['document_id']}/original.pdf")
    pdf = {"content": printed.content, "headers": {"Content-Type": "application/pdf"}}
    file = await client.post(f"{DOCUMENTS}/verifications/files", **pdf)

    assert (told["verdict"], [each["role"] for each in told["signatures"]]) == ("VALID", ["school"])
    assert file.json()["verdict"] == "VALID"
    hashed = sha256(jws.decoded(json.loads(one)["payload"])).hexdigest()
    assert whole["links"] == [{"rel": "year", "doc_id": issued, "sha256": hashed}]
    assert [(each["school_year"], each["result"]) for each in whole["data"]["years"]] == [
        (year()["school_year"], "TOT/TOT")
    ]
    assert whole["data"]["years"][0]["code"] == said(one)["code"]


async def test_again_it_is_an_amendment_that_says_why(
    issued: str, where: str, clerk: Caller, tick: Tick
) -> None:
    first = await clerk.post(where, json=LEAVING)
    waiting = await clerk.post(where, json=LEAVING)
    await tick()
    await tick()
    silent = await clerk.post(where, json=LEAVING)
    again = await clerk.post(where, json={**LEAVING, "amended_because": "Sửa tên trường đến"})

    assert [each.status_code for each in (first, waiting, silent, again)] == [201, 409, 422, 201]
    assert silent.json()["defects"][0]["pointer"] == "/amended_because"
    assert (again.json()["document_id"], again.json()["rev"]) == (first.json()["document_id"], 2)


async def test_a_year_that_is_not_issued_and_a_transfer_to_nowhere_are_refused(
    submitted: str, where: str, clerk: Caller, teacher: Phone, principal: Phone, tick: Tick
) -> None:
    early = await clerk.post(where, json=LEAVING)
    await teacher.sign(submitted)
    await principal.sign(submitted)
    await tick()
    nowhere = await clerk.post(where, json={"reason": "TRANSFER"})

    told = [
        (each["pointer"], each["code"], each["detail"])
        for answer in (early, nowhere)
        for each in answer.json()["defects"]
    ]
    assert told == [
        ("/years/0", "not-issued", "Học bạ của năm học này chưa được cấp."),
        ("/to_school", "missing", "Thiếu trường chuyển đến."),
    ]


async def test_another_school_knows_of_no_such_pupil(
    issued: str, where: str, as_staff: Callable[..., Caller]
) -> None:
    assert (await as_staff("school_clerk").post(where, json=LEAVING)).status_code == 404


def line(pupil: UUID, **changed: Any) -> bytes:
    return json.dumps({"pupil_id": str(pupil), "record": year(**changed)}).encode()


@pytest.fixture
def bring(clerk: Caller) -> Callable[..., Awaitable[Any]]:
    """Brings a file of a year."""

    async def brought(*lines: bytes) -> Any:
        where = f"{TRANSCRIPTS}/imports?school_year={YEAR}"
        file = {"Content-Type": "application/x-ndjson"}
        return await clerk.post(where, content=b"\n".join(lines), headers=file)

    return brought


async def test_a_file_is_written_and_what_cannot_be_signed_is_told_by_its_line(
    clerk: Caller, bring: Callable[..., Awaitable[Any]]
) -> None:
    first, second, third = uuid4(), uuid4(), uuid4()
    file = (
        b"\xef\xbb\xbf" + line(first, class_name="3A") + b"\r",
        b"",
        line(second, class_name="3A", study="KHA", title=None),
        line(third, class_name="3A", homeroom_comment="Chăm ngоan"),  # a Cyrillic о
    )

    brought, again = await bring(*file), await bring(*file)
    listed = (await clerk.get(f"{TRANSCRIPTS}/records?class_name=3A")).json()["items"]

    assert brought.status_code == 201, brought.text
    assert brought.json() == again.json()
    assert brought.json() == {
        "records": 3,
        "defects_count": 2,
        "defects": [
            {"line": 3, "pointer": "/record/study", "code": "result-mismatch"},
            {"line": 4, "pointer": "/record/homeroom_comment", "code": "not-allowed"},
        ],
    }
    assert {each["pupil_id"] for each in listed} == {str(first), str(second), str(third)}


async def test_of_a_file_with_a_line_that_cannot_be_written_nothing_is(
    clerk: Caller, bring: Callable[..., Awaitable[Any]]
) -> None:
    pupil = uuid4()
    fine = line(pupil, class_name="2A")
    strange = json.loads(line(uuid4(), class_name="2A"))
    strange["record"]["pupil"]["nickname"] = "Tí"

    refused = await bring(
        fine,
        fine,
        line(uuid4(), class_name="2A", school_year="2024-2025"),
        line(uuid4(), class_name="2A\0"),
        json.dumps(strange).encode(),
        fine[:-40],
        line(uuid4(), class_name="2A", homeroom_comment="x" * 300_000),
        line(uuid4(), class_name="2A", grade=13),
    )
    empty = await bring(b"\n")
    listed = (await clerk.get(f"{TRANSCRIPTS}/records?class_name=2A")).json()["items"]

    told = refused.json()
    assert (refused.status_code, told["count"], listed) == (422, 7, [])
    assert [(each["line"], each["pointer"], each["code"]) for each in told["lines"]] == [
        (2, "/pupil_id", "twice"),
        (3, "/record/school_year", "another-year"),
        (4, "", "format"),
        (5, "/record/pupil", "unknown"),
        (6, "", "format"),
        (7, "", "too_large"),
        (8, "/record/grade", "too_large"),
    ]
    assert "Tí" not in refused.text
    assert "Bảo An" not in refused.text
    assert (empty.status_code, empty.json()["count"]) == (422, 0)
