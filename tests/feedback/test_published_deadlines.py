"""The four deadlines that Huế published, each from the citizen's report on that day to its answer.

A file of its own: no process that has seen later days remembers which categories were open then.
"""

from collections.abc import Awaitable, Callable
from typing import Any

from backend.testing import Caller
from contracts.demo import HAC_THANH, agency_of
from modules.feedback.scopes import OWN

from .staging import WHY
from .test_setup import draft

PUBLISHED = {
    "2022-07-19T00:00": "2022-07-29",
    "2024-07-28T23:59": "2024-08-08",
    "2025-08-23T09:00": "2025-09-06",
    "2025-11-21T16:59": "2025-12-03",
}
"""Received → the midnight that ends the last day, as answers write it."""


async def test_the_deadlines_that_hue_published_come_out_at_the_front_door(
    as_citizen: Any,
    as_staff: Callable[..., Caller],
    at: Callable[[str], None],
    file: Callable[..., Awaitable[Any]],
    act: Callable[..., Awaitable[Any]],
) -> None:
    at("2022-07-18T08:00")
    opened = await as_staff("admin", areas=["38"]).post(
        "/v1/feedback/config/categories/published/versions",
        json=draft("2022-07-18", group="environment", questions=[]),
        headers={"If-Match": '"0"'},
    )
    assert opened.status_code == 201, opened.text
    promised: dict[str, tuple[str, bool]] = {}

    for moment in PUBLISHED:
        at(moment)
        citizen, moderator = as_citizen(OWN), as_staff("moderator", areas=[HAC_THANH])
        officer = as_staff("officer", areas=[HAC_THANH], agency_id=agency_of(HAC_THANH))
        filed = await file(citizen, category="published")
        assert filed.status_code == 201, filed.text
        given = await act(moderator, "desk", filed.json(), "assignments", json={})
        assert given.status_code == 200, given.text
        await act(officer, "work", filed.json(), "notes", json={"text": WHY})
        own = (await citizen.get(f"/v1/feedback/reports/{filed.json()['id']}")).json()["deadline"]
        assert own["original_due_at"] == own["due_at"]
        promised[moment] = own["due_at"], own["provisional"]

    assert promised == {
        moment: (f"{day}T00:00:00+07:00", False) for moment, day in PUBLISHED.items()
    }
