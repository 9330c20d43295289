"""What looks like abuse is read last, by a person, and is not lost."""

from collections.abc import Awaitable, Callable
from typing import Any

from backend.testing import Caller, Clock
from modules.feedback.scopes import OWN

from .staging import WHY

Act = Callable[..., Awaitable[Any]]


async def queued(moderator: Caller, category: str) -> list[Any]:
    path = f"/v1/feedback/desk/reports?category={category}&limit=100"
    return [(each["code"], each["flags"]) for each in (await moderator.get(path)).json()["items"]]


async def test_the_same_words_again_and_again_are_read_last_and_not_lost(
    as_citizen: Any,
    moderator: Caller,
    officer: Caller,
    file: Act,
    act: Act,
    work: Any,
    clock: Clock,
) -> None:
    troll, neighbour = as_citizen(OWN), as_citizen(OWN)
    words = {"category": "urban-order", "text": "Cống tắc, cống tắc, cống tắc mãi!"}
    filed: list[Any] = []
    for person in (troll, troll, troll, neighbour):
        clock.advance(seconds=1)
        filed.append((await file(person, **words)).json())
    *again, other = filed
    await work()

    queue = await queued(moderator, "urban-order")
    claimed = await act(moderator, "desk", again[2], "claim")
    after = await queued(moderator, "urban-order")
    await act(moderator, "desk", again[2], "assignments", json={})
    theirs = await officer.get(f"/v1/feedback/work/reports/{again[2]['id']}")

    codes = [each["code"] for each in again]
    assert queue == [(codes[0], []), (codes[1], []), (other["code"], []), (codes[2], ["repeated"])]
    assert claimed.json()["flags"] == ["repeated"]
    assert [code for code, _ in after] == [*codes, other["code"]]
    assert "flags" not in theirs.text
    assert again[2]["deadline"]["due_at"] == other["deadline"]["due_at"]


async def test_what_leads_elsewhere_is_public_only_when_somebody_has_read_it(
    citizen: Caller, moderator: Caller, file: Act, act: Act, work: Any
) -> None:
    tempting = (await file(citizen, text="Đường hỏng, xem ảnh tại www.rao-vat.top nhé.")).json()
    plain = (await file(citizen, text="Đường hỏng ở đoạn Q.1 gần chợ, km.2 rất xấu.")).json()
    await work()

    seen = [await act(moderator, "desk", each, "claim") for each in (tempting, plain)]

    assert [each.json()["flags"] for each in seen] == [["links"], []]
    assert [each.json()["publication"] for each in seen] == ["private", "public"]


async def test_whoever_was_untrue_twice_is_read_last_the_third_time(
    as_citizen: Any, moderator: Caller, file: Act, act: Act, work: Any
) -> None:
    liar, unlucky = as_citizen(OWN), as_citizen(OWN)
    reasons = {liar: "no-issue", unlucky: "not-competent"}
    flags: dict[Caller, Any] = {}
    for person, reason in reasons.items():
        for n in range(3):
            report = (await file(person, text=f"Có người bán rau giữa đường, lần {n}.")).json()
            await work()
            said = {"reason": reason, "text": WHY}
            declined = await act(moderator, "desk", report, "declination", json=said)
            flags[person] = declined.json()["flags"]

    assert flags == {liar: ["false-reports"], unlucky: []}
