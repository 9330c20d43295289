"""A labour contract from its draft to a verdict that anybody gets."""

import json
from collections.abc import Awaitable, Callable
from hashlib import sha256
from typing import Any
from uuid import uuid4

import jwt
import pytest
from cryptography import x509
from joserfc import jws as joserfc
from joserfc.jwk import ECKey

from backend.testing import Caller
from backend.work import Workshop, drain
from modules.documents.model import jws
from modules.documents.scopes import READ
from modules.labour_contracts.scopes import DRAFT
from tests.documents.conftest import CONTRACTS, DOCUMENTS, Phone, contract

Tick = Callable[..., Awaitable[None]]
Fetch = Callable[[Phone, str], Awaitable[str]]
Ask = Callable[[str], Awaitable[dict[str, Any]]]
Draft = Callable[..., Awaitable[str]]


async def test_what_both_have_signed_is_valid_for_anybody(
    employee: Phone, issued: str, bundle_of: Fetch, verdict: Ask
) -> None:
    said = await verdict(await bundle_of(employee, issued))

    assert (said["verdict"], said["indication"]) == ("VALID", "TOTAL-PASSED")
    assert [signed["role"] for signed in said["signatures"]] == ["employer", "employee"]
    assert [signed["signer"] for signed in said["signatures"]] == ["Lê Thị Hòa", "Hà Văn Đạt"]
    assert said["log"]["witnesses"] == 1
    assert said["legal_value"] == "none"
    assert "KHÔNG CÓ GIÁ TRỊ PHÁP LÝ" in said["message"]


async def test_other_libraries_find_the_same_signatures(
    employee: Phone, issued: str, bundle_of: Fetch
) -> None:
    bundle = json.loads(await bundle_of(employee, issued))
    evidence = bundle.pop("evidence")
    payload = jws.decoded(bundle["payload"])

    for each, paper in zip(bundle["signatures"], evidence["certificates"], strict=True):
        key = x509.load_der_x509_certificate(jws.decoded(paper)).public_key()
        compact = f"{each['protected']}.{bundle['payload']}.{each['signature']}"
        one = {"payload": bundle["payload"], "signatures": [each]}
        registry = joserfc.JWSRegistry(algorithms=["ES256"], strict_check_header=False)
        theirs = joserfc.deserialize_json(one, ECKey.import_key(key), registry=registry)
        assert jwt.api_jws.decode(compact, key, algorithms=["ES256"]) == payload
        assert theirs.payload == payload


async def test_the_log_holds_no_word_of_it(issued: str, client: Any, employee: Phone) -> None:
    content = (await employee.caller.get(f"{DOCUMENTS}/{issued}/content.json")).json()
    checkpoint = (await client.get(f"{DOCUMENTS}/log/checkpoint")).text
    size = int(checkpoint.splitlines()[1])
    entries = (await client.get(f"{DOCUMENTS}/log/tile/entries/000.p/{size}")).content

    assert content["code"].encode() not in entries
    assert "Hà Văn Đạt".encode() not in entries


async def test_signed_but_not_yet_seen_by_a_witness_is_not_called_genuine(
    submitted: str,
    employer: Phone,
    employee: Phone,
    shop: Workshop,
    bundle_of: Fetch,
    verdict: Ask,
) -> None:
    await employer.sign(submitted)
    await employee.sign(submitted)
    await drain(shop)

    said = await verdict(await bundle_of(employee, submitted))

    assert (said["verdict"], said["subindication"]) == ("INDETERMINATE", "NOT_LOGGED")
    assert [signed["indication"] for signed in said["signatures"]] == ["TOTAL-PASSED"] * 2


async def test_an_amended_contract_says_which_one_took_its_place(
    client: Any,
    employer: Phone,
    employee: Phone,
    issued: str,
    tick: Tick,
    bundle_of: Fetch,
    verdict: Ask,
) -> None:
    old = await bundle_of(employee, issued)
    paper = (await employee.caller.get(f"{DOCUMENTS}/{issued}/original.pdf")).content
    amended = await employer.caller.put(
        f"{CONTRACTS}/{issued}",
        json={
            "contract": contract(job="Tổ trưởng"),
            "employer_signatory_id": employer.person_id,
            "employee_id": employee.person_id,
            "reason": "Bổ nhiệm tổ trưởng từ tháng 12",
        },
    )
    assert (amended.status_code, amended.json()["rev"]) == (200, 2)
    await employer.caller.post(f"{CONTRACTS}/{issued}/submission")
    await employee.sign(issued)
    before = await verdict(old)
    await employer.sign(issued)
    await tick()

    new = await bundle_of(employee, issued)
    after, said = await verdict(old), await verdict(new)
    page = await client.post("/verify", files={"file": ("old.pdf", paper, "application/pdf")})

    assert before["verdict"] == "VALID"  # until everybody has signed the new one
    assert (after["verdict"], said["verdict"]) == ("SUPERSEDED", "VALID")
    assert "ĐÃ CÓ BẢN MỚI" in page.text
    assert "Hãy hỏi người đưa bản mới nhất." in page.text
    content = jws.decoded(json.loads(new)["payload"])
    assert after["document"]["superseded_by"] == sha256(content).hexdigest()
    assert json.loads(content)["prev"] == (
        sha256(jws.decoded(json.loads(old)["payload"])).hexdigest()
    )


async def test_a_registrar_suspends_and_reinstates(
    issued: str,
    employee: Phone,
    as_staff: Callable[..., Caller],
    bundle_of: Fetch,
    verdict: Ask,
) -> None:
    bundle, registrar = await bundle_of(employee, issued), as_staff("registrar")
    order = {"status": "suspended", "reason": "Chờ xác minh"}

    await registrar.post(f"{DOCUMENTS}/{issued}/status", json=order)
    suspended = await verdict(bundle)
    again = await registrar.post(f"{DOCUMENTS}/{issued}/status", json=order)
    await registrar.post(f"{DOCUMENTS}/{issued}/status", json={**order, "status": "valid"})

    assert suspended["verdict"] == "SUSPENDED"
    assert again.status_code == 409
    assert (await verdict(bundle))["verdict"] == "VALID"


async def test_it_takes_two_registrars_to_revoke(
    issued: str,
    employee: Phone,
    as_staff: Callable[..., Caller],
    bundle_of: Fetch,
    verdict: Ask,
) -> None:
    bundle, first, second = await bundle_of(employee, issued), *_two(as_staff)
    order = {"status": "revoked", "reason": "Ký nhầm người"}
    where = f"{DOCUMENTS}/{issued}/status"

    alone = [(await first.post(where, json=order)).json() for _ in range(2)]
    then = await verdict(bundle)
    both = (await second.post(where, json=order)).json()

    assert (alone, both) == ([{"done": False}] * 2, {"done": True})
    assert then["verdict"] == "VALID"
    assert (await verdict(bundle))["verdict"] == "REVOKED"
    assert (await first.post(where, json={**order, "status": "valid"})).status_code == 409


def _two(as_staff: Callable[..., Caller]) -> tuple[Caller, Caller]:
    return as_staff("registrar"), as_staff("registrar")


async def test_every_defect_is_told_at_once(employer: Phone, draft: Draft) -> None:
    document = await draft(
        job="Cоng nhan",  # the о is Cyrillic
        term={"kind": "FIXED", "start": "2026-12-01", "to": "2029-12-01"},
        employee={
            "full_name": "Ðặng Văn Đạt",  # the Ð is Icelandic
            "birth_date": "2011-12-02",
            "sex": "MALE",
            "residence": "Xã Bá Thước",
        },
    )

    answer = await employer.caller.post(f"{CONTRACTS}/{document}/submission")

    assert answer.status_code == 422
    assert {(d["pointer"], d["code"]) for d in answer.json()["defects"]} == {
        ("/job", "not-allowed"),
        ("/employee/full_name", "not-allowed"),
        ("/term/to", "too-long"),
        ("/employee/personal_id", "missing"),
        ("/employee/birth_date", "too-young"),
        ("/employee/representative", "missing"),
    }
    told = {d["pointer"]: d["detail"] for d in answer.json()["defects"]}
    assert told["/term/to"] == "Thời hạn xác định không quá 36 tháng (Điều 20 khoản 1 điểm b)."
    assert told["/job"] == (
        "Công việc (Điều 21 khoản 1 điểm c) có ký tự không được dùng ở đây (U+043E)."
        " Có lẽ phải là «o»."
    )


async def test_what_the_law_warns_of_is_told_to_both_and_keeps_nobody_from_signing(
    employer: Phone, as_citizen: Callable[..., Caller]
) -> None:
    employee = as_citizen(DRAFT)
    low = {**contract()["wage"], "amount": "5000000", "region": "I"}
    probation = {"level": "COLLEGE", "days": 61, "pay_percent": 80}
    body = {
        "contract": contract(wage=low, probation=probation),
        "employer_signatory_id": employer.person_id,
        "employee_id": str(employee.person_id),
    }
    document = (await employer.caller.post(CONTRACTS, json=body)).json()["document_id"]

    frozen = await employer.caller.post(f"{CONTRACTS}/{document}/submission")
    seen = [await who.get(f"{CONTRACTS}/{document}") for who in (employer.caller, employee)]

    assert frozen.status_code == 201, frozen.text
    ours, theirs = ([each["detail"] for each in s.json()["contract"]["warnings"]] for s in seen)
    assert (
        ours
        == theirs
        == [
            "Mức lương thấp hơn lương tối thiểu vùng 5.310.000 đồng (Điều 91).",
            "Thời gian thử việc quá 60 ngày (Điều 25).",
            "Lương thử việc dưới 85% mức lương (Điều 26).",
        ]
    )


@pytest.mark.parametrize(
    ("term", "code"),
    [
        ({"kind": "FIXED", "start": "2026-12-01", "to": "2029-11-30"}, None),
        ({"kind": "FIXED", "start": "2028-02-29", "to": "2031-02-28"}, None),
        ({"kind": "FIXED", "start": "2026-12-01", "to": "2029-12-01"}, "too-long"),
        ({"kind": "FIXED", "start": "2026-12-01", "to": "2026-11-30"}, "before-start"),
        ({"kind": "FIXED", "start": "2026-12-01"}, "missing"),
        ({"kind": "INDEFINITE", "start": "2026-12-01"}, None),
        ({"kind": "INDEFINITE", "start": "2026-12-01", "to": "2027-01-01"}, "not-fixed"),
    ],
)
async def test_a_fixed_term_ends_within_36_months(
    employer: Phone, draft: Draft, term: dict[str, str], code: str | None
) -> None:
    document = await draft(term=term)

    answer = await employer.caller.post(f"{CONTRACTS}/{document}/submission")

    assert [defect["code"] for defect in answer.json().get("defects", ())] == (
        [] if code is None else [code]
    )


async def test_a_missing_item_of_article_21_is_named(employer: Phone, employee: Phone) -> None:
    incomplete = contract()
    del incomplete["wage"]
    answer = await employer.caller.post(
        CONTRACTS,
        json={
            "contract": incomplete,
            "employer_signatory_id": employer.person_id,
            "employee_id": employee.person_id,
        },
    )

    assert answer.status_code == 400
    (fault,) = answer.json()["errors"]
    assert fault["pointer"] == "/contract/wage"
    assert fault["detail"] == "Thiếu mức lương (Điều 21 khoản 1 điểm đ)."


async def test_what_is_frozen_can_no_longer_be_written(employer: Phone, submitted: str) -> None:
    answer = await employer.caller.put(
        f"{CONTRACTS}/{submitted}",
        json={
            "contract": contract(),
            "employer_signatory_id": employer.person_id,
            "employee_id": str(uuid4()),
        },
    )
    again = await employer.caller.post(f"{CONTRACTS}/{submitted}/submission")

    assert answer.json()["type"].endswith("labour_contracts/not-drafted")
    assert again.json()["type"].endswith("labour_contracts/not-drafted")


async def test_nobody_signs_on_both_sides(employer: Phone) -> None:
    drafted = await employer.caller.post(
        CONTRACTS,
        json={
            "contract": contract(),
            "employer_signatory_id": employer.person_id,
            "employee_id": employer.person_id,
        },
    )
    answer = await employer.caller.post(f"{CONTRACTS}/{drafted.json()['document_id']}/submission")

    assert [defect["code"] for defect in answer.json()["defects"]] == ["people"]


async def test_a_draft_is_the_drafters_alone(
    employee: Phone, draft: Draft, as_citizen: Callable[..., Caller]
) -> None:
    document = await draft()

    theirs = await employee.caller.get(f"{DOCUMENTS}/{document}")
    listed = await employee.caller.get(DOCUMENTS)

    assert theirs.status_code == 404
    assert listed.json()["items"] == []


@pytest.mark.parametrize("what", ["", "/content.json", "/bundle.json"])
async def test_a_stranger_cannot_tell_a_contract_from_nothing(
    issued: str, as_citizen: Callable[..., Caller], what: str
) -> None:
    stranger = as_citizen(READ)

    theirs = await stranger.get(f"{DOCUMENTS}/{issued}{what}")
    nobodys = await stranger.get(f"{DOCUMENTS}/{uuid4()}{what}")

    assert theirs.status_code == nobodys.status_code == 404
    assert theirs.json()["type"] == nobodys.json()["type"]


async def test_both_find_it_in_their_list(employer: Phone, employee: Phone, issued: str) -> None:
    for phone in (employer, employee):
        (standing,) = (await phone.caller.get(DOCUMENTS)).json()["items"]
        assert (standing["document_id"], standing["state"]) == (issued, "issued")
