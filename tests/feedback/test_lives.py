"""Lives of reports, as no author of a test would think of them: whatever people do to up to three
of them, in whatever order and however long they wait, what the design promises stays true.

- A report moves as the tables say: any other call is refused and leaves no trace, as does one that
  was made on an older version. Each call is one event, in a chain that only grows.
- What is said, noted, looked at and followed moves nothing: no state, no version, no clock.
- A clock runs while a report is open, rests while its reporter is asked, and stands when nobody has
  to do anything. What was promised first stays; whatever moved a deadline is in a ledger without
  gaps. Nobody is told twice that a report is late.
- At most two reopenings, two returns, one extension and two questions of an agency in a cycle, and
  one agency that leads. Work of earlier cycles stays approved.
- Everybody reads exactly what is public and no duplicate, masked, no more exactly placed than its
  category allows, and where the report stands. What is sealed is sealed for ever, and nobody works
  on it. A duplicate is of one that is none itself.
- A follower objects to an end, once in each cycle, and moves nothing by it. What everybody reads of
  followers and objections is how many there are, also when a report was hidden or merged meanwhile.
- Work that an agency leads is on its way to the agency's system, whatever that system does, and
  moves nothing of the report; what it is not to do any more is recalled.
- What was filed stays as it was filed, and filing it again is the same report.

TINHS_SEQUENCES=500 tries so many lives, each another time; without it, the same few.
"""

import asyncio
import os
from collections.abc import Callable, Coroutine, Sequence
from typing import Any
from uuid import uuid4

import msgspec
import pytest
from hypothesis import Phase, settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    Bundle,
    RuleBasedStateMachine,
    initialize,
    invariant,
    precondition,
    rule,
    run_state_machine_as_test,
)

from backend.kernel import Module
from backend.kernel.database import Connection
from backend.testing import Caller, Clock
from contracts.agency_systems import AgencySystem
from modules.feedback.model.history import NOTHING, Entry, linked
from modules.feedback.model.machines import Call, ReportState, Standing, Who, after
from modules.feedback.repository.history import ENTRIES
from modules.feedback.scopes import FOLLOW, OWN

from .flaky import HANDED_OVER, LED, MOODS, Flaky, hold
from .looking import COUNTED, INQUIRIES, KEPT, LEADS, LEDGER, STANDS
from .staging import REQUESTS, WHY, Stage

TRIES = int(os.environ.get("TINHS_SEQUENCES", "0"))
PACE = settings(
    max_examples=TRIES or 5,
    stateful_step_count=50 if TRIES else 24,
    derandomize=not TRIES,
    phases=list(Phase) if TRIES else [Phase.generate],
    database=None,
)

PHONE = "0912 345 678"
PLACE = {"lat": 19.806712, "lon": 105.785234}
OBJECTED = {"resolved", "declined"}
OPEN = {"received", "in_review", "with_agency"}
WAITS = ({"minutes": 31}, {"hours": 20}, {"days": 4}, {"days": 16})
BEYOND = frozenset(
    {
        "limit-reached",
        "four-eyes",
        "window-over",
        "claimed-by-another",
        "masks-undecided",
        "would-cycle",
        "not-mergeable",
        "preview-stale",
    }
)
"""What refuses a call that the tables allow: numbers, time, what one has not done, who one is."""
USUAL = {
    ReportState.RECEIVED: Call.ASSIGNMENT,
    ReportState.IN_REVIEW: Call.ASSIGNMENT,
    ReportState.NEEDS_INFO: Call.ANSWER,
    ReportState.WITH_AGENCY: Call.RESULT,
    ReportState.AWAITING_APPROVAL: Call.APPROVAL,
    ReportState.RESOLVED: Call.REOPENING,
    ReportState.REOPEN_REQUESTED: Call.REOPENING_GRANTED,
}
"""What comes next in most lives."""
CALLS = st.sampled_from(sorted(REQUESTS))
SIDES = {"reporter": "reports", "desk": "desk/reports", "agency": "work/reports"}


@pytest.fixture(scope="module")
def modules(modules: Sequence[Module]) -> Sequence[Module]:
    return [*modules, Module(name="flaky", provides={AgencySystem: Flaky})]


class World(msgspec.Struct, kw_only=True):
    """Where lives take place, to be called from a thread that has no loop."""

    loop: asyncio.AbstractEventLoop
    stage: Callable[..., Any]
    file: Callable[..., Any]
    work: Callable[[], Any]
    follower: Caller
    clock: Clock
    connection: Connection

    def do(self, what: Coroutine[Any, Any, Any]) -> Any:
        return asyncio.run_coroutine_threadsafe(what, self.loop).result(timeout=120)

    def rows(self, sql: str, *values: object) -> list[Any]:
        async def fetched() -> Any:
            await self.connection.execute("select set_config('tinhs.kind', 'job', false)")
            return await self.connection.fetch(sql, *values)

        return self.do(fetched())


class Life:
    """A report, and what was seen of it so far."""

    def __init__(self, scene: Stage, key: str, text: str) -> None:
        self.scene, self.key, self.text = scene, key, text
        self.id, self.code = str(scene.report["id"]), str(scene.report["code"])
        self.chain: list[bytes] = []
        self.promised: dict[Any, Any] = {}
        self.is_sealed = False
        self.objected: set[int] = set()
        self.handed_over: dict[Any, Any] = {}


class Lives(RuleBasedStateMachine):
    """Whatever people may try, in any order, and time that passes."""

    world: World
    reports: Any = Bundle("reports")

    def __init__(self) -> None:
        super().__init__()
        self.lives: list[Life] = []

    @initialize(target=reports)
    def begin(self) -> Life:
        return self._born()

    @precondition(lambda self: len(self.lives) < 3)
    @rule(target=reports)
    def file(self) -> Life:
        return self._born()

    @rule(life=reports)
    def file_again(self, life: Life) -> None:
        scene = self.world.do(self.world.stage(key=life.key, text=life.text, location=PLACE))
        assert str(scene.report["id"]) == life.id

    @rule(life=reports, call=CALLS)
    def call(self, life: Life, call: Call) -> None:
        self._make(life, call)

    @rule(life=reports, steps=st.integers(1, 4))
    def go_on(self, life: Life, steps: int) -> None:
        for _ in range(steps):
            standing, _ = self.world.do(life.scene.standing())
            is_offered = standing.assignment == "offered"
            call = (
                Call.ACCEPTANCE if is_offered else USUAL.get(standing.report or ReportState.CLOSED)
            )
            if call is not None:
                self._make(life, call)

    @rule(life=reports)
    def publish(self, life: Life) -> None:
        desk = self.world.do(life.scene.desk())
        spans = [{"start": each["start"], "end": each["end"]} for each in desk["personal_data"]]
        self._make(life, Call.MASKING, spans=spans)
        self._make(life, Call.PUBLICATION)

    @rule(child=reports, canonical=reports)
    def merge(self, child: Life, canonical: Life) -> None:
        self._make(child, Call.MERGE, canonical_id=canonical.id)

    @rule(life=reports, call=CALLS)
    def call_on_what_was_before(self, life: Life, call: Call) -> None:
        before = self._kept(life)
        desk = self.world.do(life.scene.desk())
        stale = {**desk, "version": max(1, desk["version"] - 1)}
        if desk["version"] > 1:
            answer = self.world.do(life.scene.make(call, seen=stale))
            assert answer.status_code in (404, 409, 412), (call, answer.text)
            assert self._kept(life) == before, call

    @rule(life=reports, side=st.sampled_from([*SIDES, "note", "look", "follow"]))
    def say(self, life: Life, side: str) -> None:
        before = self._kept(life)
        self.world.do(self._said(life, side))
        assert self._kept(life) == before, side

    @rule(life=reports)
    def object(self, life: Life) -> None:
        before = self._kept(life)
        (report,) = self.world.rows(STANDS, life.id)
        path = f"/v1/feedback/public/reports/{life.code}/objections"
        answer = self.world.do(self.world.follower.post(path, json={"text": WHY}))
        if report["shown"] is None:
            assert answer.status_code == 404, answer.text
        elif report["shown"] not in OBJECTED:
            assert answer.json()["type"].endswith("/feedback/not-from-here"), answer.text
        elif answer.status_code == 201:
            assert answer.json()["cycle"] == report["cycle"]
            life.objected.add(report["cycle"])
        else:
            assert answer.json()["type"].endswith("/feedback/window-over"), answer.text
        assert self._kept(life) == before

    @rule(mood=st.sampled_from(MOODS))
    def change(self, mood: str) -> None:
        Flaky.mood = mood

    @rule(life=reports)
    def send_again(self, life: Life) -> None:
        before = self._kept(life)
        for row in self.world.rows(HANDED_OVER, life.id):
            path = f"/v1/feedback/desk/handovers/{row['id']}/retry"
            answer = self.world.do(life.scene.people[Who.MODERATOR].post(path, key=None))
            assert (answer.status_code == 200) == (
                row["state"] in ("failed", "dead") and not life.is_sealed
            )
        assert self._kept(life) == before

    @rule(span=st.sampled_from(WAITS))
    def wait(self, span: dict[str, int]) -> None:
        self.world.clock.advance(**span)
        self.world.do(self.world.work())
        for life in self.lives:
            for counted in self.world.rows(COUNTED, life.id):
                assert counted["followers"] == counted["following"]
                assert counted["objections"] == len(life.objected)

    def _born(self) -> Life:
        key = uuid4().hex
        text = f"Nhà bên hát quá giờ, gọi {PHONE} để biết thêm."
        life = Life(self.world.do(self.world.stage(key=key, text=text, location=PLACE)), key, text)
        self.lives.append(life)
        return life

    def _make(self, life: Life, call: Call, **changes: Any) -> None:
        """Make a call, and hold the answer against the tables."""
        standing, desk = self.world.do(life.scene.standing())
        before, whole = self._kept(life), self._whole(life, standing)
        answer = self.world.do(life.scene.make(call, seen=desk, **changes))
        slug = "" if answer.status_code < 300 else answer.json()["type"].rpartition("/")[2]
        led = after(whole, call)
        if answer.status_code < 300:
            assert led is not None, (standing, call)
            now, _ = self.world.do(life.scene.standing())
            assert now.report is led.report, (standing, call)
        else:
            assert answer.status_code in (404, 409), (standing, call, answer.text)
            assert led is None or slug in BEYOND or answer.status_code == 404, (call, answer.text)
            assert self._kept(life) == before, (standing, call)

    def _whole(self, life: Life, standing: Standing) -> Standing:
        """Return the standing with what nobody outside reads: where it was asked or merged."""
        (row,) = self.world.rows(
            "select asked_from, merged_from, merged_work from feedback.report where id = $1",
            life.id,
        )
        known = {**msgspec.to_builtins(standing), **dict(row)}
        return msgspec.convert(known, Standing)

    async def _said(self, life: Life, side: str) -> None:
        people, words = life.scene.people, {"text": WHY}
        who = {"reporter": Who.REPORTER, "agency": Who.AGENCY}.get(side, Who.MODERATOR)
        match side:
            case "note" | "look":
                body: dict[str, Any] = {} if side == "look" else {"json": words}
                path = {"note": "notes", "look": "presence"}[side]
                await people[who].post(f"/v1/feedback/desk/reports/{life.id}/{path}", **body)
            case "follow":
                path = f"/v1/feedback/public/reports/{life.code}/following"
                await self.world.follower.put(path)
            case _:
                path = f"/v1/feedback/{SIDES[side]}/{life.id}/messages"
                await people[who].post(path, json=words)

    def _kept(self, life: Life) -> Any:
        """Return what only a call may change."""
        rows = self.world.rows(KEPT, life.id)
        return [tuple(row) for row in rows]

    @invariant()
    def what_was_promised_holds(self) -> None:
        for life in self.lives:
            (report,) = self.world.rows(STANDS, life.id)
            self._history_holds(life, report)
            self._clocks_hold(life, report)
            self._limits_hold(life, report)
            self._public_holds(life, report)
            leading = self.world.rows(LED, life.id)
            hold(self.world.rows(HANDED_OVER, life.id), leading, life.handed_over, PHONE)

    def _history_holds(self, life: Life, report: Any) -> None:
        chain = [
            msgspec.convert(dict(row), Entry) for row in self.world.rows(ENTRIES.sql, [life.id])
        ]
        before = NOTHING
        for entry in chain:
            assert entry.hash == linked(before, entry)
            before = entry.hash
        assert len(chain) == report["version"]
        hashes = [entry.hash for entry in chain]
        assert hashes[: len(life.chain)] == life.chain
        life.chain = hashes
        assert report["original"] == life.text

    def _clocks_hold(self, life: Life, report: Any) -> None:
        clocks = self.world.rows("select * from feedback.clock where report_id = $1", life.id)
        for clock in clocks:
            key = clock["cycle"], clock["kind"]
            if not clock["provisional"]:
                promise = life.promised.setdefault(key, clock["original_due_at"])
                assert promise == clock["original_due_at"]
            ledger = self.world.rows(LEDGER, life.id, *key)
            if all(row["cause"] != "calendar" for row in ledger):
                moments = [clock["original_due_at"]]
                for row in ledger:
                    assert row["due_before"] == moments[-1]
                    moments.append(row["due_after"])
                assert clock["due_at"] == moments[-1]
        now = min(clocks, key=lambda clock: (-clock["cycle"], clock["kind"]))
        runs = now["paused_at"] is None and now["stopped_at"] is None
        assert (report["state"] in OPEN) == runs
        assert (report["state"] == "needs_info") == (now["paused_at"] is not None)
        assert all(clock["stopped_at"] or clock is now for clock in clocks)

    def _limits_hold(self, life: Life, report: Any) -> None:
        assert report["reopenings"] <= 2
        assert report["returns"] <= 2
        assert all(row["n"] <= 2 for row in self.world.rows(INQUIRIES, life.id))
        asked = self.world.rows("select * from feedback.extension where report_id = $1", life.id)
        assert len({row["cycle"] for row in asked}) == len(asked)
        leads = self.world.rows(LEADS, life.id)
        assert len({lead["cycle"] for lead in leads}) == len(leads)
        assert all(lead["state"] == "approved" for lead in leads if lead["cycle"] < report["cycle"])
        if report["state"] == "closed":
            ratings = self.world.rows(
                "select state from feedback.rating where report_id = $1", life.id
            )
            assert {rating["state"] for rating in ratings} <= {"locked"}

    def _public_holds(self, life: Life, report: Any) -> None:
        is_duplicate = report["state"] == "duplicate"
        is_shown = report["publication"] == "public" and not is_duplicate
        assert is_shown == (report["shown"] is not None)
        if is_shown:
            assert report["shown"] == report["state"]
            assert PHONE not in report["body"]
            assert report["lat"] in (None, round(PLACE["lat"], 4), round(PLACE["lat"], 3), 19.807)
        assert not (life.is_sealed and report["publication"] != "sealed")
        life.is_sealed = report["publication"] == "sealed"
        assert not (life.is_sealed and report["works"])
        assert is_duplicate == (report["canonical_id"] is not None)
        assert report["canonical_state"] != "duplicate"


async def test_no_life_breaks_what_was_promised(
    stage: Any, file: Any, work: Any, clock: Clock, connection: Connection, as_citizen: Any
) -> None:
    Lives.world = World(
        loop=asyncio.get_running_loop(),
        stage=stage,
        file=file,
        work=work,
        follower=as_citizen(OWN, FOLLOW),
        clock=clock,
        connection=connection,
    )

    await asyncio.to_thread(run_state_machine_as_test, Lives, settings=PACE)
