"""Terms of the classes count from a day on, and what was promised stays promised."""

from collections.abc import Awaitable, Callable
from typing import Any

from backend.testing import Caller

from .staging import WHY

Act = Callable[..., Awaitable[Any]]
CONFIG = "/v1/feedback/config"


async def test_terms_count_for_what_begins_to_run_and_move_nothing_that_runs(
    as_staff: Any,
    citizen: Caller,
    moderator: Caller,
    officer: Caller,
    file: Act,
    act: Act,
    at: Callable[[str], None],
) -> None:
    at("2026-03-02T10:00")  # a Monday
    admin = as_staff("admin", areas=["38"])
    running, waiting = [(await file(citizen, category="waste")).json() for _ in range(2)]
    await act(moderator, "desk", running, "assignments", json={})
    path = f"{CONFIG}/classes/normal"
    terms = {"triage_days": 1, "handling_days": 4, "valid_from": "2026-03-04", "reason": WHY}

    early = await admin.post(f"{path}/terms", json={**terms, "valid_from": "2026-03-02"})
    tried = await admin.post(f"{path}/dry-run", json=terms)
    written = await admin.post(f"{path}/terms", json=terms)
    twice = await admin.post(f"{path}/terms", json=terms)
    at("2026-03-04T10:00")
    await act(moderator, "desk", waiting, "assignments", json={})
    await act(officer, "work", running, "acceptance")
    await act(officer, "work", running, "extensions", json={"days": 2, "text": WHY})
    desks = [
        (await moderator.get(f"/v1/feedback/desk/reports/{report['id']}")).json()
        for report in (running, waiting)
    ]

    assert early.json()["type"].endswith("/feedback/day-in-the-past")
    assert (tried.status_code, written.status_code, twice.status_code) == (200, 201, 409)
    shift = {each["received_on"]: each for each in tried.json()["shifts"]}["2026-03-02"]
    assert (shift["due_before"], shift["due_after"]) == (
        "2026-03-12T00:00:00+07:00",
        "2026-03-07T00:00:00+07:00",
    )
    assert tried.json()["running"] >= 1
    # Promised on Monday: seven working days; passed on on Wednesday: four, from Monday too.
    assert desks[0]["deadline"]["due_at"] == "2026-03-12T00:00:00+07:00"
    assert desks[1]["deadline"]["due_at"] == "2026-03-07T00:00:00+07:00"
    listed = (await admin.get(f"{CONFIG}/classes")).json()["items"]
    normal = [each for each in listed if each["deadline_class"] == "normal"]
    assert [each["handling_days"] for each in normal] == [4, 7]
