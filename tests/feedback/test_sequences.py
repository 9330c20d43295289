"""Whatever people do, in whatever order, and however long they wait: some things stay true."""

from collections.abc import Awaitable, Callable
from typing import Any

import msgspec
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from backend.kernel.database import Connection
from backend.testing import Clock
from modules.feedback.model.history import NOTHING, Entry, linked
from modules.feedback.model.machines import Call, after
from modules.feedback.repository.history import ENTRIES

from .staging import REQUESTS, Stage

OPEN = {"received", "in_review", "with_agency"}
RESTING = {"awaiting_approval", "resolved", "declined", "withdrawn", "reopen_requested", "closed"}
WAITS = {"a while": {"minutes": 31}, "a weekend": {"days": 4}, "weeks": {"days": 16}}

Step = st.one_of(st.sampled_from(list(REQUESTS)), st.sampled_from(list(WAITS)))


@given(st.lists(Step, max_size=14))
@settings(
    max_examples=20, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
async def test_no_sequence_breaks_what_was_promised(
    stage: Callable[..., Awaitable[Stage]],
    work: Callable[[], Awaitable[None]],
    clock: Clock,
    connection: Connection,
    steps: list[Any],
) -> None:
    scene = await stage()
    promised: dict[Any, Any] = {}

    for step in steps:
        standing, _ = await scene.standing()
        if step in WAITS:
            clock.advance(**WAITS[step])
            await work()
        elif after(standing, step) is not None:
            answer = await scene.make(step)
            # Beyond the tables there are limits of number and time, and four eyes.
            assert answer.status_code in (200, 204, 409), (step, answer.text)
            if answer.status_code == 409:
                assert not answer.json()["type"].endswith("not-from-here"), step
        await _holds(connection, scene.report["id"], promised)


async def _holds(connection: Connection, report_id: str, promised: dict[Any, Any]) -> None:
    await connection.execute("select set_config('tinhs.kind', 'job', false)")
    report = await connection.fetchrow("select * from feedback.report where id = $1", report_id)
    events = [
        msgspec.convert(dict(row), Entry)
        for row in await connection.fetch(ENTRIES.sql, [report_id])
    ]
    clocks = await connection.fetch("select * from feedback.clock where report_id = $1", report_id)
    leads = await connection.fetch(
        "select cycle, state from feedback.assignment where report_id = $1 and role = 'lead'"
        " and state not in ('returned', 'cancelled')",
        report_id,
    )
    ratings = await connection.fetch(
        "select cycle, state from feedback.rating where report_id = $1", report_id
    )
    public = await connection.fetchrow(
        "select publication.state, public_report.state as shown from feedback.publication"
        " left join feedback.public_report using (report_id) where report_id = $1",
        report_id,
    )

    assert report is not None
    assert public is not None
    before = NOTHING
    for entry in events:  # each call is one event, in a chain
        assert entry.hash == linked(before, entry)
        before = entry.hash
    assert len(events) == report["version"]
    assert report["reopenings"] <= 2
    assert report["returns"] <= 2
    for piece in clocks:  # nobody changes a promise
        key = piece["cycle"], piece["kind"]
        if not piece["provisional"]:
            assert promised.setdefault(key, piece["original_due_at"]) == piece["original_due_at"]
        assert piece["paused_at"] is None or piece["stopped_at"] is None
    current = min(clocks, key=lambda piece: (-piece["cycle"], piece["kind"]))
    assert (report["state"] in OPEN) == (
        current["paused_at"] is None and current["stopped_at"] is None
    )
    assert (report["state"] in RESTING) == (current["stopped_at"] is not None)
    assert len({lead["cycle"] for lead in leads}) == len(leads)
    assert all(lead["state"] == "approved" for lead in leads if lead["cycle"] < report["cycle"])
    assert all(rating["state"] == "locked" for rating in ratings if report["state"] == "closed")
    assert (public["state"] == "public") == (public["shown"] is not None)
    assert public["shown"] in (None, report["state"])


def test_every_call_of_a_person_has_a_way_in_and_is_tried() -> None:
    bounded = {Call.FILING}
    houses = {Call.IDLE, Call.SILENCE, Call.REOPENING_LAPSE, Call.CLOSING}
    of_their_own = {
        Call.CONTRIBUTION,
        Call.WAIVER,
        Call.EXTENSION_DECISION,
        Call.MERGE,
        Call.UNMERGE,
        Call.PUBLICATION,
        Call.MASKING,
        Call.SEALING,
        Call.CATEGORY,
        Call.PLACE,
    }

    assert set(Call) == set(REQUESTS) | bounded | houses | of_their_own
