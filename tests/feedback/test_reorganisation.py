"""A ward's committee ends; the one that takes over goes on with its reports, and nobody else."""

from collections.abc import Awaitable, Callable, Mapping
from datetime import timedelta
from typing import Any

import msgspec
import pytest

from backend.identity.admin.reorganising import CARRY_OVER
from backend.kernel import VIETNAM, Secret
from backend.testing import Caller, Client, Clock
from contracts.demo import HAC_THANH, SAM_SON, agency_of
from modules.feedback.settings import Settings

from .conftest import LIGHTING

OLD, HEIR = agency_of(HAC_THANH), agency_of(SAM_SON)
SYSTEMS = f"""
[ward]
agencies = ["{OLD}"]
url = "file"

[seaside]
agencies = ["{HEIR}"]
url = "file"
"""


@pytest.fixture(scope="module")
def settings(settings: Mapping[Any, Any]) -> Mapping[Any, Any]:
    more = msgspec.structs.replace(settings[Settings], systems=Secret(SYSTEMS))
    return {**settings, Settings: more}


async def merged(clock: Clock, as_staff: Callable[..., Caller], shops: Any, drain: Any) -> None:
    """Let two administrators decide it, the day come and the worker run."""
    first, second = as_staff("admin"), as_staff("admin")
    await second.get("/v1/admin/proposals")
    await first.get("/v1/admin/proposals")
    tomorrow = (clock.now + timedelta(days=1)).astimezone(VIETNAM).date()
    body = {
        "former": [str(OLD)],
        "heirs": [{"agency_id": str(HEIR)}],
        "on": tomorrow.isoformat(),
        "carry_roles": ["officer"],
    }
    proposed = await first.post("/v1/admin/reorganisations", json=body)
    assert proposed.status_code == 202, proposed.text
    proposal = proposed.json()["proposal"]["id"]
    approved = await second.post(f"/v1/admin/proposals/{proposal}/approve")
    assert approved.status_code == 200, approved.text
    clock.advance(days=1)
    async with shops[0].transaction() as tx:
        await CARRY_OVER.run(tx)
    outcomes = await drain()
    assert "buried" not in outcomes


async def gone_to(moderator: Caller, report: Mapping[str, Any]) -> list[tuple[str, str, str]]:
    """Return what was said to which system, and what became of it."""
    asked = {
        "report_id": report["id"],
        "state": ["queued", "failed", "cancelled", "sending", "dead", "acknowledged"],
    }
    answer = await moderator.get("/v1/feedback/desk/handovers", params=asked)
    return [(row["system"], row["errand"], row["state"]) for row in answer.json()["items"]]


async def test_the_heir_goes_on_with_what_was_open_and_strangers_see_nothing(
    shops: Any,  # empties the queue, so before there is work in it
    as_staff: Callable[..., Caller],
    moderator: Caller,
    officer: Caller,
    worked_on: Any,
    act: Callable[..., Awaitable[Any]],
    clock: Clock,
    client: Client,
    drain: Callable[[], Awaitable[list[str]]],
) -> None:
    path = f"/v1/feedback/work/reports/{worked_on['id']}"
    at_heir = as_staff("lead", areas=[SAM_SON], agency_id=HEIR)
    elsewhere = as_staff("lead", areas=[SAM_SON], agency_id=LIGHTING)
    before = [(await one.get(path)).status_code for one in (officer, at_heir, elsewhere)]
    await drain()

    await merged(clock, as_staff, shops, drain)

    seen = await at_heir.get(path)
    planned = await act(at_heir, "work", worked_on, "plan", json={"planned_for": "2099-01-01"})
    public = await client.get(f"/v1/feedback/public/reports/{worked_on['code']}")
    assert before == [200, 404, 404]
    assert (seen.status_code, planned.status_code) == (200, 200)
    assert (await elsewhere.get(path)).status_code == 404
    assert await gone_to(moderator, worked_on) == [
        ("ward", "work", "acknowledged"),
        ("ward", "recall", "acknowledged"),
        ("seaside", "work", "acknowledged"),
    ]
    assert public.json()["agency"] == "UBND phường Sầm Sơn"
