"""An officer's pages: what a button says is done, once, and only by a form of this console."""

import re
import zlib
from collections.abc import Awaitable, Callable
from io import BytesIO
from typing import Any

import pytest
from PIL import Image

from backend.kernel import Snapshot, Transaction
from backend.testing import Caller, Client

Act = Callable[..., Awaitable[Any]]
QUEUE = "/console/feedback"


def field(page: str, name: str, call: str = "") -> str:
    """Return the value of a hidden field: of the form of that call, or of the first."""
    form = page.partition(f'/{call}"')[2] if call else page
    found = re.search(rf'name="{name}" value="([^"]+)"', form)
    assert found is not None, f"{name} is not on the page"
    return found[1]


async def press(officer: Caller, address: str, call: str, **said: Any) -> Any:
    """Open the page, and send the form of that call as a browser would."""
    page = (await officer.get(address)).text
    fields = {name: field(page, name, call) for name in ("csrf", "key", "version")}
    files = said.pop("files", None)
    return await officer.send(
        "POST",
        f"{address}/{call}",
        data={**fields, **said},
        files=files,
        headers={"Origin": "null", "X-CSRF-Token": ""},
    )


@pytest.fixture
def colleague(as_staff: Callable[..., Caller]) -> Caller:
    return as_staff("moderator", areas=["38"])


@pytest.fixture
async def report(citizen: Caller, file: Act) -> Any:
    return (await file(citizen, text="Hố sâu trước cổng, gọi 0912 345 678 nhé.")).json()


async def test_a_report_goes_from_the_queue_to_its_agency_and_back_by_buttons(
    moderator: Caller, officer: Caller, report: Any, mended: bytes, client: Client
) -> None:
    desk, work = f"{QUEUE}/reports/{report['id']}", f"{QUEUE}/work/{report['id']}"

    listed = await moderator.get(f"{QUEUE}?state=received")
    assert f'href="{desk}?queue=state%3Dreceived"' in listed.text
    steps = [
        await press(moderator, desk, "claim"),
        await press(moderator, desk, "publication"),
        await press(moderator, desk, "assignment"),
        await press(officer, work, "acceptance"),
        await press(officer, work, "plan", planned_for="2026-12-31"),
        await press(
            officer,
            work,
            "result",
            text="Đã trám hố và lu phẳng mặt đường.",
            files=[("photos", ("after.jpg", mended, "image/jpeg"))],
        ),
        await press(moderator, desk, "approval", text="Ảnh mẫu của bài thử."),
    ]

    assert [step.status_code for step in steps] == [303] * 7, [step.text for step in steps]
    assert steps[0].headers["location"] == f"{desk}?sent={report['code']}.claim"
    shown = await client.get(f"/reports/{report['code']}")
    assert "Đã trám hố" in shown.text


async def test_the_desk_sees_what_everybody_else_reads_masked(
    moderator: Caller, report: Any
) -> None:
    shown = await moderator.get(f"{QUEUE}/reports/{report['id']}")

    assert "<mark>0912 345 678</mark>" in shown.text
    assert shown.headers["cache-control"] == "no-store"


async def test_a_form_that_is_not_of_this_console_does_nothing(
    moderator: Caller, as_staff: Callable[..., Caller], report: Any
) -> None:
    address = f"{QUEUE}/reports/{report['id']}"
    page = (await moderator.get(address)).text
    other = field((await as_staff("moderator", areas=["38"]).get(address)).text, "csrf")
    own = field(page, "csrf")

    for token, origin in (("", "null"), (other, "null"), (own, "https://elsewhere.example")):
        answer = await moderator.send(
            "POST",
            f"{address}/claim",
            data={"csrf": token, "version": "1"},
            headers={"Origin": origin, "X-CSRF-Token": ""},
        )
        assert answer.status_code == 403, answer.text
    assert "received" in (await moderator.get(f"/v1/feedback/desk/reports/{report['id']}")).text


async def test_a_button_pressed_twice_is_pressed_once(moderator: Caller, report: Any) -> None:
    address = f"{QUEUE}/reports/{report['id']}"
    page = (await moderator.get(address)).text
    sent = {name: field(page, name, "claim") for name in ("csrf", "key", "version")}
    browser = {"Origin": "null", "X-CSRF-Token": ""}

    first = await moderator.send("POST", f"{address}/claim", data=sent, headers=browser)
    again = await moderator.send("POST", f"{address}/claim", data=sent, headers=browser)

    assert (first.status_code, again.status_code) == (303, 303)
    assert again.headers["idempotent-replayed"] == "true"


async def test_whoever_was_overtaken_keeps_what_they_wrote(moderator: Caller, report: Any) -> None:
    address = f"{QUEUE}/reports/{report['id']}"
    page = (await moderator.get(address)).text
    stale = {"csrf": field(page, "csrf"), "version": field(page, "version")}
    browser = {"Origin": "null", "X-CSRF-Token": ""}
    await press(moderator, address, "claim")

    later = await moderator.send(
        "POST",
        f"{address}/declination",
        data={**stale, "reason": "no-issue", "text": "Không có <hố> nào ở đó cả."},
        headers=browser,
    )
    await press(moderator, address, "assignment")
    too_late = await moderator.send(
        "POST",
        f"{address}/declination",
        data={**stale, "reason": "no-issue", "text": "Không có <hố> nào ở đó cả."},
        headers=browser,
    )

    assert (later.status_code, too_late.status_code) == (412, 409)
    assert later.headers["content-type"] == "text/html; charset=utf-8"
    assert 'declination">Không có &lt;hố&gt; nào ở đó cả.</textarea>' in later.text
    assert '<blockquote class="prose">Không có &lt;hố&gt; nào ở đó cả.' in too_late.text
    shown = (await moderator.get(f"/v1/feedback/desk/reports/{report['id']}")).json()
    assert shown["state"] == "with_agency"


async def test_whoever_has_ended_with_one_is_shown_the_next_that_nobody_holds(
    moderator: Caller, colleague: Caller, citizen: Caller, file: Act
) -> None:
    first, held, free = [
        (await file(citizen, text=f"Cây gãy chắn đường, chỗ thứ {n}.", category="trees")).json()
        for n in range(3)
    ]
    view = "state=received&category=trees"
    await press(colleague, f"{QUEUE}/reports/{held['id']}", "claim")

    listed = await moderator.get(f"{QUEUE}?{view}")
    done = await press(moderator, f"{QUEUE}/reports/{first['id']}", "assignment", queue=view)
    last = await press(moderator, f"{QUEUE}/reports/{free['id']}", "assignment", queue=view)

    query = "queue=state%3Dreceived%26category%3Dtrees"
    assert f'href="{QUEUE}/reports/{first["id"]}?{query}"' in listed.text
    assert done.headers["location"] == (
        f"{QUEUE}/reports/{free['id']}?sent={first['code']}.assignment&{query}"
    )
    assert last.headers["location"] == f"{QUEUE}?sent={free['code']}.assignment&{view}"
    told = await moderator.get(last.headers["location"])
    assert f'role="status" data-sent="{free["code"]}.assignment"' in told.text
    seen = await moderator.get(f"{QUEUE}/reports/{held['id']}")
    assert re.search(r'wait">[^<]+ đang giữ<', seen.text)


async def test_words_that_are_missing_are_named(moderator: Caller, report: Any) -> None:
    answer = await press(
        moderator, f"{QUEUE}/reports/{report['id']}", "declination", reason="no-issue", text=""
    )

    assert answer.status_code == 400
    assert "<code>/text</code>" in answer.text


async def test_elsewhere_there_is_no_such_report_and_nobody_is_shown_the_door(
    moderator_elsewhere: Caller, client: Client, report: Any
) -> None:
    address = f"{QUEUE}/reports/{report['id']}"

    theirs = await moderator_elsewhere.get(address)
    nobody = await client.get(address)

    assert theirs.status_code == 404
    assert (nobody.status_code, nobody.headers["location"]) == (303, "/console/login")


async def test_a_button_that_does_not_exist_is_not_found(moderator: Caller, report: Any) -> None:
    address = f"{QUEUE}/reports/{report['id']}"
    page = (await moderator.get(address)).text

    answer = await moderator.send(
        "POST",
        f"{address}/closing",
        data={"csrf": field(page, "csrf"), "version": "1"},
        headers={"Origin": "null"},
    )

    assert answer.status_code == 404


async def test_what_is_masked_in_text_and_photo_is_what_everybody_then_gets(
    moderator: Caller,
    citizen: Caller,
    file: Act,
    pothole: bytes,
    client: Client,
    fetch: Callable[[str], Awaitable[bytes]],
) -> None:
    text = "Hố sâu trước cổng nhà cụ Bảy, gọi 0912 345 678 nhé."
    filed = (await file(citizen, text=text, photos=[pothole])).json()
    masks = f"{QUEUE}/reports/{filed['id']}/masks"
    page = (await moderator.get(masks)).text
    assert "Công khai đúng như trên" not in page
    await press(moderator, masks.removesuffix("/masks"), "claim")
    assert "<mark>0912 345 678</mark>" in page

    saved = await press_masks(
        moderator, masks, more="cụ Bảy", **dict(zip(EDGES, ("10", "20", "50", "60.5"), strict=True))
    )
    shown = (await moderator.get(saved.headers["location"])).text
    previewed = re.findall(r'<img src="([^"]+)" loading="lazy"', shown)
    published = await moderator.send(
        "POST",
        f"{masks}/publication",
        data={
            name: field(shown, name, "masks/publication")
            for name in ("csrf", "key", "version", "source_digest")
        },
        headers={"Origin": "null", "X-CSRF-Token": ""},
    )

    assert (saved.status_code, published.status_code) == (303, 303), published.text
    everybody = await client.get(f"/reports/{filed['code']}")
    (address,) = re.findall(r'<img src="([^"]+)" loading="lazy"', everybody.text)
    assert "0912" not in everybody.text
    assert "cụ Bảy" not in everybody.text
    public = await fetch(address)
    assert public == await fetch(previewed[0].replace("&amp;", "&"))
    with Image.open(BytesIO(public)) as picture:
        width, height = picture.size
        black = picture.crop((width // 8, height // 4, width // 2, height * 3 // 4))
        assert max(top for _, top in black.getextrema()) < 16  # type: ignore[misc]
        assert picture.getpixel((width - 5, height - 5)) != (0, 0, 0)


async def test_a_part_that_is_no_number_and_words_that_do_not_stand_there_are_named(
    moderator: Caller, citizen: Caller, file: Act, pothole: bytes
) -> None:
    filed = (await file(citizen, photos=[pothole])).json()
    masks = f"{QUEUE}/reports/{filed['id']}/masks"

    wide = await press_masks(moderator, masks, **{"x-0-0": "10", "width-0-0": "rất rộng"})
    absent = await press_masks(moderator, masks, more="không có ở đó")

    assert (wide.status_code, absent.status_code) == (400, 400)
    assert "<code>/x-0-0</code>" in wide.text
    assert "<code>/more</code>" in absent.text


async def test_a_preview_that_is_no_longer_true_publishes_nothing(
    moderator: Caller, report: Any
) -> None:
    masks = f"{QUEUE}/reports/{report['id']}/masks"
    await press(moderator, masks.removesuffix("/masks"), "claim")
    await press_masks(moderator, masks, **{"span-0": "mask"})
    old = (await moderator.get(masks)).text
    await press_masks(moderator, masks, **{"span-0": "leave"})

    answer = await moderator.send(
        "POST",
        f"{masks}/publication",
        data={
            **{name: field(old, name, "masks/publication") for name in ("csrf", "source_digest")},
            "version": field((await moderator.get(masks)).text, "version"),
        },
        headers={"Origin": "null", "X-CSRF-Token": ""},
    )

    assert answer.status_code == 409
    assert 'role="alert"' in answer.text
    shown = (await moderator.get(f"/v1/feedback/desk/reports/{report['id']}")).json()
    assert shown["publication"] != "public"


EDGES = ("x-0-0", "y-0-0", "width-0-0", "height-0-0")


async def press_masks(officer: Caller, masks: str, **said: str) -> Any:
    page = (await officer.get(masks)).text
    fields = {name: field(page, name, "masks") for name in ("csrf", "key", "version")}
    return await officer.send(
        "POST",
        masks,
        data={"span-0": "mask", **fields, **said},
        headers={"Origin": "null", "X-CSRF-Token": ""},
    )


HTML_MAX = 40_000
"""Bytes of a page of 50 lines, compressed as the front does it."""
STATEMENTS_MAX = 8
"""Of a list; a report's own page puts together what lies in more tables."""


@pytest.fixture
def statements(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """What pages ask the database, statement by statement."""
    told: list[str] = []

    def noted(kind: type, name: str) -> None:
        through = getattr(kind, name)

        async def asked(self: Any, statement: Any, *values: Any) -> Any:
            told.append(f"{name} {statement.sql.strip()[:60]}")
            return await through(self, statement, *values)

        monkeypatch.setattr(kind, name, asked)

    for name in ("maybe", "all", "page"):
        noted(Snapshot, name)
    noted(Transaction, "run")
    return told


async def test_a_page_asks_as_little_of_the_database_for_fifty_lines_as_for_three(
    moderator: Caller,
    officer: Caller,
    citizen: Caller,
    file: Act,
    act: Act,
    statements: list[str],
    as_staff: Callable[..., Caller],
) -> None:
    async def few(number: int) -> list[Any]:
        return [(await file(citizen, text=f"Ổ gà số {n} ở đầu ngõ.")).json() for n in range(number)]

    async def cost(who: Caller, path: str) -> tuple[int, int]:
        await who.get(path)  # what each process remembers is there then
        statements.clear()
        page = await who.get(path)
        assert page.status_code == 200, page.text
        return len(statements), len(zlib.compress(page.content, 5))

    first, *others = await few(3)
    for each in (first, *others):
        await act(moderator, "desk", each, "assignments", json={})
    paths = {
        QUEUE: moderator,
        f"{QUEUE}/work": officer,
        f"{QUEUE}/board": moderator,
        f"{QUEUE}/reports/{first['id']}": moderator,
        f"{QUEUE}/work/{first['id']}": officer,
    }
    before = {path: (await cost(who, path))[0] for path, who in paths.items()}
    asked = {path: list(statements) for path in paths}
    for each in await few(55):
        await act(moderator, "desk", each, "assignments", json={})
    after = {path: await cost(who, path) for path, who in paths.items()}

    assert {path: count for path, (count, _) in after.items()} == before, asked
    assert max(size for _, size in after.values()) <= HTML_MAX
    lists = {path: n for path, n in before.items() if first["id"] not in path}
    assert max(lists.values()) <= STATEMENTS_MAX, lists
