"""A pupil leaves: all years that the school has issued, under its seal, with their hashes."""

import json
from collections.abc import Awaitable, Callable
from hashlib import sha256
from typing import Any

import pytest

from backend.testing import Caller, Client
from modules.documents.model import jws
from tests.documents.conftest import DOCUMENTS, Phone
from tests.transcripts.conftest import TRANSCRIPTS, year

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

    assert early.json()["defects"] == [{"pointer": "/years/0", "code": "not-issued"}]
    assert nowhere.json()["defects"] == [{"pointer": "/to_school", "code": "missing"}]


async def test_another_school_knows_of_no_such_pupil(
    issued: str, where: str, as_staff: Callable[..., Caller]
) -> None:
    assert (await as_staff("school_clerk").post(where, json=LEAVING)).status_code == 404
