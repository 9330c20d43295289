"""A school record from its marks to a verdict that anybody gets."""

import json
import shutil
import subprocess
from collections.abc import Awaitable, Callable
from hashlib import sha256
from pathlib import Path
from typing import Any

import pytest

from backend.testing import Caller, Client, Clock
from modules.documents.jobs import EXPIRE
from modules.documents.model import jws
from tests.documents.conftest import DOCUMENTS, Phone
from tests.transcripts.conftest import TRANSCRIPTS, YEAR, year

Tick = Callable[..., Awaitable[None]]
Sheet = Callable[..., Awaitable[dict[str, Any]]]
Fetch = Callable[[Phone, str], Awaitable[str]]
Ask = Callable[[str], Awaitable[dict[str, Any]]]


def slug(answer: Any) -> str:
    return answer.json()["type"].rsplit("/", 1)[-1]


async def state(phone: Phone, document: str) -> str:
    return (await phone.caller.get(f"{DOCUMENTS}/{document}")).json()["state"]


async def test_teacher_principal_and_school_have_signed_in_that_order(
    issued: str, pupil: Phone, bundle_of: Fetch, verdict: Ask
) -> None:
    said = await verdict(await bundle_of(pupil, issued))

    assert (said["verdict"], said["indication"]) == ("VALID", "TOTAL-PASSED")
    assert [(each["role"], each["signer"]) for each in said["signatures"]] == [
        ("homeroom_teacher", "Phạm Thị Ngọc Lan"),
        ("principal", "Nguyễn Văn Hùng"),
        ("school", "Trường Trung học cơ sở Bắc Sơn (mẫu)"),
    ]
    assert said["legal_value"] == "none"


async def test_the_printed_record_is_as_good_as_its_data(
    issued: str, pupil: Phone, client: Client, tmp_path: Path
) -> None:
    printed = (await pupil.caller.get(f"{DOCUMENTS}/{issued}/original.pdf")).content
    said = await client.post(
        f"{DOCUMENTS}/verifications/files",
        content=printed,
        headers={"Content-Type": "application/pdf"},
    )

    assert said.json()["verdict"] == "VALID"
    assert _poppler_on(printed, tmp_path).count("Signature Validation: Signature is Valid.") == 3


def _poppler_on(printed: bytes, folder: Path) -> str:
    program = shutil.which("pdfsig")
    if program is None:
        pytest.skip("pdfsig is not installed (apt-get install poppler-utils)")
    (folder / "record.pdf").write_bytes(printed)
    command = [program, str(folder / "record.pdf")]
    return subprocess.run(command, capture_output=True, text=True, check=False).stdout


async def test_the_principal_waits_for_the_teacher(
    submitted: str, teacher: Phone, principal: Phone
) -> None:
    early = await principal.prepare(submitted)
    await teacher.sign(submitted)

    assert (early.status_code, slug(early)) == (409, "not-your-turn")
    assert (await principal.prepare(submitted)).status_code == 201


async def test_the_school_does_not_seal_before_the_principal_has_signed(
    submitted: str, teacher: Phone, tick: Tick
) -> None:
    await teacher.sign(submitted)
    await tick()

    assert await state(teacher, submitted) == "signing"


FALSE_RESULTS = [
    ("/subjects/0/first/average", lambda data: data["subjects"][0]["first"], "average", "8.7"),
    ("/subjects/1/second/average", lambda data: data["subjects"][1]["second"], "average", "9.0"),
    ("/subjects/2/average", lambda data: data["subjects"][2], "average", "8.9"),
]


@pytest.mark.parametrize(("pointer", "place", "name", "reckoned"), FALSE_RESULTS)
async def test_an_average_that_the_marks_do_not_come_to_is_refused(
    clerk: Caller,
    write: Sheet,
    confirm: Sheet,
    signers: dict[str, str],
    pointer: str,
    place: Callable[[Any], dict[str, Any]],
    name: str,
    reckoned: str,
) -> None:
    wrong = year()
    place(wrong)[name] = "9.9"
    sheet = await write(**wrong)
    await confirm(sheet)

    answer = await clerk.post(f"{TRANSCRIPTS}/records/{sheet['id']}/issue", json=signers)

    assert (answer.status_code, slug(answer)) == (422, "record-refused")
    told = {each["pointer"]: each for each in answer.json()["defects"]}
    assert told[pointer]["code"] == "result-mismatch"
    assert told[pointer]["suggestion"] == reckoned


@pytest.mark.parametrize(
    ("changed", "pointer", "code"),
    [
        ({"study": "KHA"}, "/study", "result-mismatch"),
        ({"title": "XUAT_SAC"}, "/title", "result-mismatch"),
        ({"outcome": "REPEAT"}, "/outcome", "result-mismatch"),
        ({"absences": {"excused": 40, "unexcused": 6}}, "/outcome", "result-mismatch"),
        (
            {"conduct": {"first": "DAT", "second": "TOT", "year": "TOT"}},
            "/conduct/year",
            "result-mismatch",
        ),
        ({"school_year": YEAR, "homeroom_comment": "Chăm ngоan"}, "/homeroom_comment", None),
    ],
    ids=["study", "title", "outcome", "absences", "conduct", "Cyrillic"],
)
async def test_whatever_is_false_is_told_before_anybody_signs(
    clerk: Caller,
    write: Sheet,
    confirm: Sheet,
    signers: dict[str, str],
    changed: dict[str, Any],
    pointer: str,
    code: str | None,
) -> None:
    sheet = await write(**changed)
    await confirm(sheet)

    answer = await clerk.post(f"{TRANSCRIPTS}/records/{sheet['id']}/issue", json=signers)

    assert answer.status_code == 422
    told = {each["pointer"]: each["code"] for each in answer.json()["defects"]}
    assert told[pointer] == (code or "not-allowed")


async def test_an_old_record_keeps_a_result_for_a_reason_that_is_printed(
    write: Sheet, confirm: Sheet
) -> None:
    reason = {"path": "/study", "reason": "Theo học bạ giấy", "approved_by": "Nguyễn Văn Hùng"}
    old = await write(study="KHA", title=None, exceptions=[reason])

    told = (await confirm(old))["defects"]

    assert told == []


async def test_what_no_teacher_stands_by_is_not_signed(
    clerk: Caller, write: Sheet, confirm: Sheet, signers: dict[str, str]
) -> None:
    sheet = await write()
    await confirm(sheet, *[each["code"] for each in sheet["content"]["subjects"]][1:])

    answer = await clerk.post(f"{TRANSCRIPTS}/records/{sheet['id']}/issue", json=signers)

    (defect,) = answer.json()["defects"]
    assert (defect["pointer"], defect["code"]) == ("/subjects/0/confirmed_on", "not-confirmed")
    assert defect["detail"] == "Giáo viên bộ môn chưa xác nhận: kết quả môn học."


async def test_a_mark_changed_behind_the_teachers_back_asks_for_the_teacher_again(
    write: Sheet, confirm: Sheet
) -> None:
    before = await confirm(await write())
    changed = year()
    changed["subjects"][0]["comment"] = "Nhận xét khác"
    after = await write(**changed)
    back = await write()

    assert [len(each["defects"]) for each in (before, after, back)] == [0, 1, 0]
    assert after["defects"][0]["pointer"] == "/subjects/0/confirmed_on"


async def test_the_clerk_cannot_confirm_by_writing_a_day(write: Sheet) -> None:
    assert len((await write())["defects"]) == len(year()["subjects"])


async def test_a_byte_changed_between_prepare_and_sign_is_refused(
    submitted: str, teacher: Phone
) -> None:
    session = (await teacher.prepare(submitted)).json()
    (prepared,) = session["documents"]
    given = teacher.handed_in(prepared)

    for which, each in enumerate(prepared["to_be_signed"]):
        message = bytearray(jws.decoded(each["tbs"]))
        message[len(message) // 2] ^= 1
        wrong = [*given]
        wrong[which] = {**given[which], "value": teacher.raw(jws.encoded(bytes(message)))}
        answer = await teacher.finalise(session["id"], *wrong)
        assert (answer.status_code, slug(answer)) == (422, "signature-invalid")

    assert await state(teacher, submitted) == "frozen"


async def test_a_signature_handed_in_again_gets_the_same_answer(
    submitted: str, teacher: Phone, clock: Clock
) -> None:
    session = (await teacher.prepare(submitted)).json()
    (prepared,) = session["documents"]
    given = teacher.handed_in(prepared)

    first = await teacher.finalise(session["id"], *given)
    clock.advance(minutes=2)
    again = await teacher.finalise(session["id"], *given)
    another = await teacher.finalise(session["id"], *teacher.handed_in(prepared))

    assert first.json() == again.json()
    assert (another.status_code, slug(another)) == (409, "already-finalised")


async def test_a_record_is_asked_to_be_signed_once(
    submitted: str, clerk: Caller, write: Sheet, signers: dict[str, str]
) -> None:
    sheet = await write()

    answer = await clerk.post(f"{TRANSCRIPTS}/records/{sheet['id']}/issue", json=signers)

    assert (answer.status_code, slug(answer)) == (409, "not-to-be-issued")


async def test_a_principal_who_declines_ends_it_and_the_clerk_begins_again(
    submitted: str,
    teacher: Phone,
    principal: Phone,
    clerk: Caller,
    write: Sheet,
    signers: dict[str, str],
) -> None:
    await teacher.sign(submitted)
    reason = {"reason": "Thiếu nhận xét môn Toán"}
    said = await principal.caller.post(f"{DOCUMENTS}/{submitted}/decline", json=reason)
    ended = await state(teacher, submitted)
    sheet = await write()

    again = await clerk.post(f"{TRANSCRIPTS}/records/{sheet['id']}/issue", json=signers)

    assert (said.status_code, ended) == (204, "declined")
    assert (again.json()["rev"], again.json()["state"]) == (2, "frozen")


async def test_after_thirty_days_nobody_signs_any_more(
    submitted: str, teacher: Phone, principal: Phone, clock: Clock, tick: Tick
) -> None:
    await teacher.sign(submitted)
    clock.advance(days=30)

    late = await principal.prepare(submitted)
    await tick(EXPIRE)

    assert (late.status_code, slug(late)) == (409, "not-waiting")
    assert await state(teacher, submitted) == "expired"


async def test_an_amendment_says_why_and_takes_the_old_ones_place(
    issued: str,
    clerk: Caller,
    write: Sheet,
    confirm: Sheet,
    signers: dict[str, str],
    teacher: Phone,
    principal: Phone,
    pupil: Phone,
    bundle_of: Fetch,
    verdict: Ask,
    tick: Tick,
) -> None:
    old = await bundle_of(pupil, issued)
    sheet = await write(awards=["Giải nhì học sinh giỏi tỉnh"])
    where = f"{TRANSCRIPTS}/records/{sheet['id']}/issue"
    silent = await clerk.post(where, json=signers)
    await write(awards=["Giải nhì học sinh giỏi tỉnh"], amended_because="Bổ sung khen thưởng")
    again = await clerk.post(where, json=signers)
    await teacher.sign(issued)
    await principal.sign(issued)
    await tick()

    new = await bundle_of(pupil, issued)
    after, said = await verdict(old), await verdict(new)

    assert [each["pointer"] for each in silent.json()["defects"]] == ["/amended_because"]
    assert (again.json()["document_id"], again.json()["rev"]) == (issued, 2)
    assert (after["verdict"], said["verdict"]) == ("SUPERSEDED", "VALID")
    content = jws.decoded(json.loads(new)["payload"])
    assert after["document"]["superseded_by"] == sha256(content).hexdigest()
    before = jws.decoded(json.loads(old)["payload"])
    assert json.loads(content)["prev"] == sha256(before).hexdigest()


async def test_a_pupil_shows_one_subject_and_no_other(
    issued: str, pupil: Phone, client: Client
) -> None:
    shared = await pupil.caller.post(
        f"{DOCUMENTS}/{issued}/shares",
        json={
            "fields": ["full_name", "subject_toan"],
            "purpose": "Thi tuyển lớp chuyên",
            "recipient": "Trường Trung học phổ thông chuyên",
            "hours": 24,
        },
    )
    opened = await client.post(f"{DOCUMENTS}/shares/open", json={"token": shared.json()["token"]})

    told = opened.json()["extract"]["fields"]
    assert told["subject_toan"]["average"] == "8.9"
    assert "ngu_van" not in opened.text
    assert "Phạm Thị Ngọc Lan" not in opened.text


async def test_another_school_finds_nothing(
    submitted: str, write: Sheet, as_staff: Callable[..., Caller], signers: dict[str, str]
) -> None:
    sheet, elsewhere = await write(), as_staff("school_clerk", "teacher")
    where = f"{TRANSCRIPTS}/records/{sheet['id']}"

    answers = [
        await elsewhere.get(where),
        await elsewhere.post(f"{where}/issue", json=signers),
        await elsewhere.post(f"{where}/confirmations", json={"subjects": ["toan"]}),
        await elsewhere.get(f"{DOCUMENTS}/{submitted}"),
    ]

    assert [each.status_code for each in answers] == [404, 404, 404, 403]
    assert (await elsewhere.get(f"{TRANSCRIPTS}/records")).json()["items"] == []


async def test_a_class_is_listed_without_what_stands_in_it(
    clerk: Caller, write: Sheet, pupil: Phone
) -> None:
    sheet = await write()

    listed = await clerk.get(f"{TRANSCRIPTS}/records?class_name=8A&school_year={YEAR}")
    none = await clerk.get(f"{TRANSCRIPTS}/records?class_name=9Z")

    assert [each["id"] for each in listed.json()["items"]] == [sheet["id"]]
    assert "Bảo An" not in listed.text
    assert none.json()["items"] == []


async def test_a_teacher_confirms_and_does_not_issue(
    write: Sheet, colleague: Caller, signers: dict[str, str]
) -> None:
    sheet = await write()
    where = f"{TRANSCRIPTS}/records/{sheet['id']}"

    issued = await colleague.post(f"{where}/issue", json=signers)
    unknown = await colleague.post(f"{where}/confirmations", json={"subjects": ["am_nhac"]})

    assert (issued.status_code, unknown.status_code) == (403, 422)
    assert slug(unknown) == "no-such-subject"


async def test_the_pupil_sees_who_looked(
    write: Sheet, clerk: Caller, connection: Any, clock: Clock
) -> None:
    sheet = await write()
    clock.advance(minutes=1)
    await clerk.get(f"{TRANSCRIPTS}/records/{sheet['id']}")

    noted = await connection.fetch(
        "select action, purpose from audit.event where person_id = $1 order by at",
        sheet["pupil_id"],
    )

    assert [tuple(each) for each in noted] == [
        ("write", "transcripts.keeping"),
        ("read", "transcripts.keeping"),
    ]


async def test_the_address_and_the_record_name_one_year(clerk: Caller, pupil: Phone) -> None:
    where = f"{TRANSCRIPTS}/records/{pupil.person_id}/2024-2025"

    answer = await clerk.put(where, json=year())

    assert (answer.status_code, slug(answer)) == (422, "another-year")
