"""For those who keep the answers: words, forms, offices, the desk, the systems beside us."""

from collections.abc import Awaitable, Callable
from io import BytesIO
from typing import Any
from uuid import uuid4
from zipfile import ZipFile

from backend.testing import Caller, Client, Clock
from modules.public_services.model.asking import Outcome, Tally
from modules.public_services.model.deliveries import Delivery
from modules.public_services.scopes import CONNECTOR, DESK, EDIT
from modules.public_services.service import deliveries
from tests.public_services.conftest import options, package, raw
from tests.public_services.dossiers import NUMBER, SOURCE, dossier

BASE = "/v1/public-services"
PDF = b"%PDF-1.7\n1 0 obj << /Type /Catalog >> endobj\n"
FILE = {"Content-Type": "application/octet-stream"}


def archive(**members: str) -> bytes:
    packed = BytesIO()
    with ZipFile(packed, "w") as file:
        for name, text in members.items():
            file.writestr(name.replace("__", "/").replace("_dot_", "."), text)
    return packed.getvalue()


DOCX = archive(**{"[Content_Types].xml": "<Types/>", "word/document.xml": "<w/>"})
MACROS = archive(
    **{"[Content_Types].xml": "<Types/>", "word/document.xml": "", "word/vbaProject.bin": "x"}
)


async def test_a_word_that_an_editor_keeps_is_understood_everywhere(
    client: Client,
    as_staff: Callable[..., Caller],
    publish: Callable[..., Awaitable[Any]],
    work: Callable[[], Awaitable[list[str]]],
    clock: Clock,
) -> None:
    await publish(package(raw("1.700001", "Đăng ký nuôi chim yến")), options())
    editor, stranger = as_staff(*EDIT.roles), as_staff("moderator")
    word = {"kind": "synonym", "text": "zorbax", "target": "nuôi chim yến"}

    added = await editor.post(f"{BASE}/search-terms", json=word)
    again = await editor.post(f"{BASE}/search-terms", json=word)
    await work()
    clock.advance(seconds=3)
    found = (await client.get(f"{BASE}/search?q=zorbax")).json()
    address = f"{BASE}/search-terms/{added.json()['id']}"
    silent = await editor.put(
        address, json={**word, "active": False}, headers={"If-Match": added.headers["etag"]}
    )
    stale = await editor.put(address, json=word, headers={"If-Match": '"1"'})
    await work()
    clock.advance(seconds=3)
    forgotten = (await client.get(f"{BASE}/search?q=zorbax")).json()
    listed = (await editor.get(f"{BASE}/search-terms?kind=synonym")).json()["items"]
    dropped = await editor.delete(address)

    assert [added.status_code, again.status_code, silent.status_code] == [201, 409, 200]
    assert [hit["card"]["code"] for hit in found["hits"]] == ["1.700001"]
    assert found["answerable"] is True
    assert (stale.status_code, stale.json()["current_version"]) == (412, 2)
    assert "1.700001" not in [hit["card"]["code"] for hit in forgotten["hits"]]
    assert [each["active"] for each in listed if each["text"] == "zorbax"] == [False]
    assert (dropped.status_code, (await editor.delete(address)).status_code) == (204, 404)
    assert (await stranger.get(f"{BASE}/search-terms")).status_code == 403
    assert (await editor.post(f"{BASE}/search-terms", json={**word, "target": ""})).is_error


def test_what_fewer_than_five_ask_is_written_down_nowhere(clock: Clock) -> None:
    tally, today = Tally(), clock.now.date()
    told = Outcome(q="Nguyễn Văn A 038090123456 đất đai", outcome="unopened")

    alone = [tally.count(today, b"one", told) for _ in range(50)]
    four = [tally.count(today, bytes([number]), told) for number in range(3)]
    fifth = tally.count(today, b"fifth", told)
    sixth = tally.count(today, b"one", Outcome(q="nguyen van a 1 dat dai", outcome="opened"))

    assert alone + four == [None] * 53
    assert fifth is not None
    assert (fifth.question, fifth.uses, fifth.unopened) == ("nguyen van a # dat dai", 54, 54)
    assert sixth is not None
    assert (sixth.uses, sixth.unopened) == (1, 0)
    assert tally.count(today.replace(day=28), b"one", told) is None


async def test_one_asker_is_in_no_statistics_however_often(
    client: Client, as_staff: Callable[..., Caller]
) -> None:
    for _ in range(6):
        told = await client.post(
            f"{BASE}/search-outcomes", json={"q": "chuyện riêng của tôi", "outcome": "unopened"}
        )
        assert told.status_code == 204

    sums = (await as_staff(*EDIT.roles).get(f"{BASE}/statistics/search")).json()["sums"]

    assert sums == []


async def test_a_form_is_what_its_content_says_and_never_changes(
    client: Client, as_staff: Callable[..., Caller]
) -> None:
    editor, address = as_staff(*EDIT.roles), f"{BASE}/forms/to-khai"
    draft = {"name": "Tờ khai đăng ký khai sinh", "procedures": ["1.001193"]}

    early = await editor.post(f"{address}/files?name=a.pdf", content=PDF, headers=FILE)
    made = await editor.put(address, json=draft, headers={"If-Match": '"0"'})
    stale = await editor.put(address, json=draft, headers={"If-Match": '"0"'})
    added = [
        await editor.post(f"{address}/files?name=tờ khai.{kind}", content=content, headers=FILE)
        for kind, content in (("pdf", PDF), ("docx", DOCX))
    ]
    refused = [
        await editor.post(f"{address}/files?name=a.pdf", content=content, headers=FILE)
        for content in (b"MZ\x90", b"<html>", MACROS, PDF + b"/JavaScript", DOCX[:40], b"PK\3\4")
    ]
    large = await editor.post(f"{address}/files?name=a.pdf", content=PDF * 250_000, headers=FILE)
    (listed,) = (await client.get(f"{BASE}/forms?procedure=1.001193")).json()["forms"]
    fetched = await client.get(listed["files"][-1]["path"])
    nowhere = await client.get(f"{address}/files/{'0' * 64}")

    assert [early.status_code, made.status_code, stale.status_code] == [404, 200, 412]
    assert [each.status_code for each in added] == [201, 201]
    assert [each.status_code for each in refused] == [422] * 6
    assert large.status_code == 413
    assert len(listed["files"]) == 2
    assert fetched.content in {PDF, DOCX}
    assert fetched.headers["content-disposition"].startswith("attachment; ")
    assert fetched.headers["x-content-type-options"] == "nosniff"
    assert "immutable" in fetched.headers["cache-control"]
    assert nowhere.status_code == 404


async def test_two_editors_do_not_undo_each_other(
    client: Client, as_staff: Callable[..., Caller]
) -> None:
    editor, address = as_staff(*EDIT.roles), f"{BASE}/offices/{uuid4()}"
    office = {"name": "Quầy thử", "kind": "commune_desk", "address": "Số 1", "phones": ["1022"]}

    never = await editor.put(address, json=office, headers={"If-Match": '"7"'})
    made = await editor.put(address, json=office, headers={"If-Match": '"0"'})
    moved = await editor.put(
        address, json={**office, "address": "Số 2"}, headers={"If-Match": made.headers["etag"]}
    )
    late = await editor.put(address, json=office, headers={"If-Match": '"1"'})
    read = await client.get(address)
    kept = await editor.delete(address, headers={"If-Match": '"1"'})
    gone = await editor.delete(address, headers={"If-Match": read.headers["etag"]})

    assert (never.status_code, made.status_code, moved.json()["version"]) == (412, 200, 2)
    assert (late.status_code, late.json()["current_version"]) == (412, 2)
    assert (read.json()["address"], read.headers["etag"]) == ("Số 2", '"2"')
    assert (kept.status_code, gone.status_code) == (412, 204)
    assert (await client.get(address)).status_code == 404


async def test_editors_keep_life_events_and_numbers(
    client: Client, as_staff: Callable[..., Caller]
) -> None:
    editor, address = as_staff(*EDIT.roles), f"{BASE}/life-events/mua-nha"
    event = {
        "title": "Mua nhà",
        "audience": "citizen",
        "fact": "Ngày ký",
        "steps": [{"code": "1.001193", "due_days": 3}],
    }
    numbers = [{"number": "1022", "purpose": "Tổng đài tỉnh", "hours": "Cả ngày"}]

    made = await editor.put(address, json=event, headers={"If-Match": '"0"'})
    again = await editor.put(address, json=event, headers={"If-Match": '"0"'})
    written = await editor.put(f"{BASE}/hotlines", json={"hotlines": numbers})
    twice = await editor.put(f"{BASE}/hotlines", json={"hotlines": numbers * 2})

    assert (made.json()["version"], again.status_code) == (1, 412)
    assert (await client.get(address)).json()["steps"][0]["due_days"] == 3
    assert written.json()["hotlines"] == (await client.get(f"{BASE}/hotlines")).json()["hotlines"]
    assert twice.status_code == 422


async def test_the_desk_finds_by_the_end_of_a_code_and_every_look_is_noted(
    client: Client,
    as_staff: Callable[..., Caller],
    as_job: Callable[..., Any],
    connection: Any,
) -> None:
    code, other = "H56.22-260105-0042424", "H56.22-260105-0042425"
    async with as_job() as tx:
        await deliveries.keep(tx, SOURCE, Delivery(dossiers=(dossier(code), dossier(other))))
    clerk, stranger = as_staff(*DESK.roles), as_staff("admin")
    address = f"{BASE}/desk/dossiers"

    found = await clerk.get(f"{address}?ends_with=0042424&reason=at-the-desk")
    nobody = await clerk.get(f"{address}?ends_with=9999999&reason=at-the-desk")
    unreasoned = await clerk.get(f"{address}?ends_with=0042424")
    short = await clerk.get(f"{address}?ends_with=5-4242&reason=complaint")
    refused = await stranger.get(f"{address}?ends_with=0042424&reason=at-the-desk")
    async with connection.transaction():
        await connection.execute("reset role")
        noted = await _looks(connection)

    assert [each["code"] for each in found.json()["dossiers"]] == [code]
    assert "Nguyễn" not in found.text
    assert NUMBER not in found.text
    assert nobody.json() == {"dossiers": []}
    assert [unreasoned.status_code, short.status_code, refused.status_code] == [400, 400, 403]
    assert noted == [("public_services.at-the-desk", f"public_services.dossier {code}")]


async def _looks(connection: Any) -> list[tuple[str, str]]:
    await connection.execute("select set_config('tinhs.kind', 'job', true)")
    rows = await connection.fetch(
        "select purpose, about from audit.event where about like '%0042%'"
    )
    return [tuple(row.values()) for row in rows]


async def test_administrators_see_how_old_the_word_of_a_system_is(
    as_staff: Callable[..., Caller], as_job: Callable[..., Any], clock: Clock
) -> None:
    async with as_job() as tx:
        await deliveries.keep(tx, SOURCE, Delivery())
    admin = as_staff(*CONNECTOR.roles)

    (fresh,) = (await admin.get(f"{BASE}/connectors")).json()["connectors"]
    clock.advance(minutes=20)
    (old,) = (await admin.get(f"{BASE}/connectors")).json()["connectors"]

    assert (fresh["source"], fresh["state"], old["state"]) == (SOURCE, "live", "stale")
    assert old["last_ok_at"] == fresh["last_ok_at"]
    assert (await as_staff(*DESK.roles).get(f"{BASE}/connectors")).status_code == 403
