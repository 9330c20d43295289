"""What a person reads of looks at them, and how they check it without us."""

import json
import re
from base64 import urlsafe_b64decode
from collections import Counter
from collections.abc import Awaitable, Callable
from typing import Any
from uuid import UUID, uuid4

from backend.audit import sealing
from backend.identity.scopes import READ
from backend.kernel.database import Connection
from backend.testing import Caller, Client
from backend.testing.callers import BASE_URL
from backend.transparency import merkle, notes
from tests.audit.conftest import Look, Verify, Work
from tests.people import clinic
from tests.pressing import press, shown

LOG = "/v1/account/access-log"
Seal = Callable[..., Awaitable[None]]


def raw(text: str) -> bytes:
    return urlsafe_b64decode(text + "=" * (-len(text) % 4))


def checked(proof: dict[str, Any]) -> dict[str, Any]:
    """Check a proof with nothing but the answer; return what was sealed."""
    key = notes.verifier(proof["keys"][0])
    seen = notes.opened(proof["checkpoint"], key)
    path = [raw(each) for each in proof["proof"]]
    leaf = merkle.leaf_hash(raw(proof["entry"]))
    merkle.require_inclusion(leaf, proof["index"], seen.size, path, seen.root)
    return json.loads(raw(proof["entry"]))


async def test_a_look_is_told_at_once_and_names_no_officer(
    patient: Caller, doctor: Caller, visit: UUID, look: Look
) -> None:
    await look()

    answer = await patient.get(LOG)

    told = answer.json()["items"]
    assert len(told) == 2
    for each in told:
        assert (each["by"]["kind"], each["by"]["agency_id"]) == ("staff", str(doctor.agency_id))
        assert (each["purpose"], each["about"]) == (clinic.PURPOSE, f"clinic.visit {visit}")
        assert each["at"]
    assert sorted(each["fields"] for each in told) == [["complaint"], ["name"]]
    assert "Cán bộ thử" not in answer.text
    assert str(doctor.staff_id) not in answer.text


async def test_looks_are_told_in_a_browser_with_their_proof(
    patient: Caller, visit: UUID, look: Look, seal: Seal
) -> None:
    await look()
    await seal()

    page = (await patient.get("/account/audit/looks")).text
    (proof, *_) = re.findall(r'href="(/account/audit/looks/[0-9a-f-]+/proof)"', page)

    assert f"clinic.visit {visit}" in page
    assert checked((await patient.get(proof)).json())
    assert "Cán bộ thử" not in page


async def test_the_log_of_others_is_not_told(
    patient: Caller, as_citizen: Callable[..., Caller], look: Look, seal: Seal
) -> None:
    await look()
    await seal()
    (entry, *_) = (await patient.get(LOG)).json()["items"]
    stranger = as_citizen(READ)

    assert (await stranger.get(LOG)).json()["items"] == []
    theirs = await stranger.get(f"{LOG}/{entry['id']}/proof")
    nobodys = await stranger.get(f"{LOG}/{uuid4()}/proof")
    assert theirs.status_code == nobodys.status_code == 404
    assert (await patient.get(f"{LOG}/{entry['id']}/proof")).status_code == 200


async def test_the_log_is_read_page_by_page(patient: Caller, look: Look) -> None:
    await look(3)

    first = (await patient.get(LOG, params={"limit": 4})).json()
    cursor = first["next_cursor"]
    rest = (await patient.get(LOG, params={"limit": 4, "cursor": cursor})).json()

    ids = [item["id"] for page in (first, rest) for item in page["items"]]
    assert len(set(ids)) == len(ids) == 6
    assert rest["next_cursor"] is None


async def test_anyone_can_check_a_look_without_us(
    patient: Caller, look: Look, seal: Seal, client: Client
) -> None:
    await look()
    (entry, *_) = (await patient.get(LOG)).json()["items"]
    early = await patient.get(f"{LOG}/{entry['id']}/proof")
    await seal(2)

    proof = (await patient.get(f"{LOG}/{entry['id']}/proof")).json()
    published = await client.get("/.well-known/tinhs-audit-checkpoint")

    assert (early.status_code, early.json()["type"].rsplit("/", 1)[-1]) == (409, "not-sealed-yet")
    sealed = checked(proof)
    assert sealed["id"] == entry["id"]
    assert sealed["person"] == str(patient.person_id)
    assert published.headers["content-type"].startswith("text/plain")
    latest = notes.opened(published.text, notes.verifier(proof["keys"][0]))
    assert latest.size > proof["index"]
    assert latest.origin == f"{BASE_URL.partition('://')[2]}/audit"


async def test_a_fresh_seal_key_signs_beside_the_old_one(
    patient: Caller, look: Look, seal: Seal, work: Work, verify: Verify, client: Client, clock: Any
) -> None:
    await look()
    await seal()
    fresh = await work(sealing.rotate)
    await look()
    await seal()
    note = (await client.get("/.well-known/tinhs-audit-checkpoint")).text

    keys = await work(sealing.verifiers)
    assert keys[0].vkey() == fresh
    assert {notes.opened(note, key).size for key in keys[:2]}
    clock.advance(days=31)
    await look()
    await seal()
    alone = (await client.get("/.well-known/tinhs-audit-checkpoint")).text
    assert alone.count("\u2014") == 1
    assert notes.opened(alone, keys[0])
    assert (await verify()).findings == ()


async def test_rows_of_a_transaction_that_is_under_way_wait_for_it(
    look: Look, seal: Seal, verify: Verify, intruder: Connection, patient: Caller
) -> None:
    """A look that began before the seal and ends after it gets a place all the same."""
    late = intruder.transaction()
    await late.start()
    await intruder.execute(
        """
        insert into audit.event
            (id, at, person_id, actor_kind, action, purpose, basis, about, fields, detail_enc)
        values ($1, '2026-11-01', $2, 'job', 'read', 'clinic.care', '', '', '{}', '')
        """,
        uuid4(),
        patient.person_id,
    )
    await look()
    await seal()
    before = (await verify()).looks
    await late.commit()
    await seal()

    after = await verify()
    assert after.looks == before + 3, "the late one, and those that came after it"
    assert after.findings == ()


async def test_an_auditor_sees_looks_and_is_seen(
    patient: Caller, look: Look, as_staff: Callable[..., Caller]
) -> None:
    await look()
    auditor = as_staff("auditor")

    seen = await auditor.get("/v1/admin/audit", params={"person_id": str(patient.person_id)})

    purposes = Counter(each["purpose"] for each in seen.json()["items"])
    assert purposes == {clinic.PURPOSE: 2, "audit.inquiry": 1}
    told = (await patient.get(LOG)).json()["items"]
    assert {each["id"] for each in told} == {each["id"] for each in seen.json()["items"]}
    for role in ("officer", "admin"):
        refused = await as_staff(role).get(
            "/v1/admin/audit", params={"person_id": str(patient.person_id)}
        )
        assert refused.status_code == 403


async def test_an_auditors_page_shows_looks_and_is_a_look(
    patient: Caller, look: Look, as_staff: Callable[..., Caller]
) -> None:
    await look()
    auditor = as_staff("auditor")
    page = (await auditor.get("/console/audit/log")).text
    token = page.partition('name="csrf" value="')[2].partition('"')[0]

    shown = await auditor.send(
        "POST",
        "/console/audit/log",
        data={"csrf": token, "person_id": str(patient.person_id)},
        headers={"Origin": "null", "X-CSRF-Token": ""},
    )

    assert clinic.PURPOSE in shown.text
    told = (await patient.get(LOG)).json()["items"]
    assert "audit.inquiry" in {each["purpose"] for each in told}


async def test_nobody_but_auditors_opens_the_log(as_staff: Callable[..., Caller]) -> None:
    assert (await as_staff("admin", "privacy").get("/console/audit/log")).status_code == 403


async def test_an_auditor_has_the_log_computed_anew_and_takes_lines_along(
    patient: Caller,
    look: Look,
    seal: Callable[..., Awaitable[None]],
    as_staff: Callable[..., Caller],
    drain: Callable[[], Awaitable[list[str]]],
) -> None:
    await look()
    await seal()
    auditor = as_staff("auditor")
    page = "/console/audit/log"

    asked = await press(auditor, f"{page}/verification", page)
    waiting = await shown(auditor, page)
    await drain()
    done = await shown(auditor, page)
    told = (await auditor.get("/v1/admin/audit/verifications/latest")).json()
    table = await press(auditor, f"{page}/export", page, person_id=str(patient.person_id))

    assert asked.headers["location"] == page
    assert "đang tính lại" in waiting
    assert "nguyên vẹn" in done
    assert (told["findings"], told["first_bad"], told["looks"] > 0) == ([], None, True)
    assert table.headers["content-type"].startswith("text/csv")
    assert clinic.PURPOSE in table.text
    fields = [each["fields"] for each in (await patient.get(LOG)).json()["items"]]
    assert ["export"] in fields
    assert (await as_staff("admin").get("/v1/admin/audit/verifications/latest")).status_code == 403
