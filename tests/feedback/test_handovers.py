"""Work that goes to systems of agencies: it arrives once, or somebody of the desk looks."""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, ClassVar
from uuid import UUID

import httpx
import msgspec
import pytest

from backend.host.settings import Settings as House
from backend.kernel import Module, Secret
from backend.kernel.database import Connection
from backend.kernel.outside import Answer
from backend.testing import Caller, Clock
from contracts.agency_systems import (
    Acknowledged,
    AgencySystem,
    Declined,
    Recall,
    SystemAnswer,
    Taken,
    Unanswered,
    WorkOrder,
)
from contracts.conformance.agency_systems import AGENCY, order
from contracts.demo import HAC_THANH, SAM_SON, agency_of
from modules.feedback.model.handovers import TRIES_MAX
from modules.feedback.model.machines import Call
from modules.feedback.service.agency_systems import Open311System
from modules.feedback.settings import DescribedSystem, Settings

from .conftest import LIGHTING
from .staging import WHY

PHONE, SERIAL = "0912 345 678", b"TINHS-DEMO"
DESK = "/v1/feedback/desk"
SYSTEMS = f"""
[ward]
agencies = ["{agency_of(HAC_THANH)}"]
url = "file"

[seaside]
agencies = ["{agency_of(SAM_SON)}"]
url = "file:away"
"""


class Scripted:
    """A system that another module provides, and that answers what a test wants."""

    name = "lighting"
    answers: ClassVar[list[SystemAnswer]] = []
    given: ClassVar[list[WorkOrder]] = []
    recalled: ClassVar[list[Recall]] = []

    def __init__(self, _: object) -> None:
        pass

    def serves(self, agency_id: UUID) -> bool:
        return agency_id == LIGHTING

    async def give(self, order: WorkOrder) -> SystemAnswer:
        self.given.append(order)
        return self.answers.pop(0)

    async def reference_of(self, token: str) -> SystemAnswer:
        return self.answers.pop(0)

    async def recall(self, recall: Recall) -> SystemAnswer:
        self.recalled.append(recall)
        return self.answers.pop(0)


@pytest.fixture(scope="module")
def modules(modules: Sequence[Module]) -> Sequence[Module]:
    return [*modules, Module(name="lighting", provides={AgencySystem: Scripted})]


@pytest.fixture(scope="module")
def settings(settings: Mapping[Any, Any]) -> Mapping[Any, Any]:
    more = msgspec.structs.replace(settings[Settings], systems=Secret(SYSTEMS))
    return {**settings, Settings: more}


@pytest.fixture(autouse=True)
def script() -> None:
    for kept in (Scripted.answers, Scripted.given, Scripted.recalled):
        kept.clear()


@pytest.fixture
def folder(settings: Mapping[Any, Any]) -> Path:
    return settings[House].data_dir / "handovers" / "ward"


@pytest.fixture
def desk(as_staff: Any) -> Caller:
    return as_staff("moderator", areas=[HAC_THANH, SAM_SON])


@pytest.fixture
def lamps(stage: Any, desk: Caller, act: Any) -> Any:
    """A broken lamp that is given to the company whose system is scripted."""

    async def given(*answers: SystemAnswer) -> Any:
        Scripted.answers.extend(answers)
        report = (await stage(category="street-lighting")).report
        to = {"agency_id": str(LIGHTING)}
        answer = await act(desk, "desk", report, "assignments", json=to)
        assert answer.status_code == 200, answer.text
        return answer.json()

    return given


async def handovers(desk: Caller, report: Mapping[str, Any]) -> Any:
    states = ["queued", "sending", "sent", "acknowledged", "failed", "dead", "cancelled"]
    asked: dict[str, Any] = {"report_id": report["id"], "state": states}
    answer = await desk.get(f"{DESK}/handovers", params=asked)
    assert answer.status_code == 200, answer.text
    return answer.json()["items"]


def orders(folder: Path, code: str, what: str = "work") -> list[bytes]:
    files = folder.glob(f"{what}-*.json") if folder.exists() else ()
    return [content for file in files if code.encode() in (content := file.read_bytes())]


async def test_work_arrives_at_the_agencys_system_without_who_reported_it(
    stage: Any, desk: Caller, work: Any, folder: Path, draw: Any, fetch: Any
) -> None:
    text = f"Ổ gà to, gọi {PHONE} nhé, đường Lê Lợi."
    scene = await stage((Call.ASSIGNMENT,), category="roads", text=text, photos=[draw()])

    await work()

    (row,) = await handovers(desk, scene.report)
    (written,) = orders(folder, scene.report["code"])
    told = msgspec.json.decode(written, type=WorkOrder)
    assert (row["state"], row["reference"]) == ("acknowledged", f"{scene.report['code']}/1")
    assert (row["sends"], row["errand"], row["system"]) == (1, "work", "ward")
    assert (told.category, told.address, told.lat) == ("roads", "12 Lê Lợi", 19.806712)
    assert told.text.startswith("Ổ gà to, gọi ")
    assert PHONE.encode() not in written
    for planted in (b"Tester", b"reporter", b"person", b"device"):
        assert planted not in written
    (photo,) = told.photos
    content = await fetch(photo)
    assert b"Exif" not in content


async def test_whoever_dies_while_sending_sends_the_same_order_again(
    stage: Any, desk: Caller, work: Any, folder: Path, connection: Connection
) -> None:
    scene = await stage((Call.ASSIGNMENT,))
    await work()
    (before,) = await handovers(desk, scene.report)
    await connection.execute("select set_config('tinhs.kind', 'job', false)")
    await connection.execute(
        "update feedback.handover set state = 'sending', turn = 0, reference = null where id = $1",
        before["id"],
    )
    # As it stands when a worker was killed: claimed, its lease over, not done.
    await connection.execute(
        "update kernel.work set state = 'waiting', finished_at = null"
        " where name = 'feedback.hand-over' and key = $1",
        f"{before['id']}:0",
    )

    await work()

    (after,) = await handovers(desk, scene.report)
    assert (after["state"], after["sends"]) == ("acknowledged", before["sends"] + 1)
    assert after["reference"] == before["reference"]
    assert len(orders(folder, scene.report["code"])) == 1


async def test_a_system_that_is_away_is_tried_less_and_less_and_then_somebody_looks(
    stage: Any, desk: Caller, work: Any, clock: Clock, as_staff: Any, connection: Connection
) -> None:
    scene = await stage(commune_code=SAM_SON, location=None)
    scene.people = {**scene.people, "moderator": desk}
    path = f"{DESK}/reports/{scene.report['id']}/assignments"
    assigned = await desk.post(path, json={}, key=None, headers={"If-Match": '"1"'})
    assert assigned.status_code == 200, assigned.text
    waited: list[float] = []
    row: dict[str, Any] = {}

    for _ in range(TRIES_MAX):
        await work()
        (row,) = await handovers(desk, scene.report)
        if row["state"] == "failed":
            until = msgspec.convert(row["next_try_at"], type(clock.now))
            waited.append((until - clock.now).total_seconds() / 60)
            clock.now = until

    assert waited == [2.0**n for n in range(1, TRIES_MAX)]
    assert (row["state"], row["failure"], row["sends"]) == ("dead", "unanswered", TRIES_MAX)
    await connection.execute("select set_config('tinhs.kind', 'job', false)")
    told = await connection.fetchval(
        "select count(*) from notifications.message where kind = 'feedback.work-not-taken'"
        " and about = $1",
        scene.report["code"],
    )
    assert told == 1

    elsewhere = as_staff("moderator", areas=[HAC_THANH])
    theirs = await elsewhere.post(f"{DESK}/handovers/{row['id']}/retry", key=None)
    again = await desk.post(f"{DESK}/handovers/{row['id']}/retry", key=None)
    twice = await desk.post(f"{DESK}/handovers/{row['id']}/retry", key=None)
    await work()

    (row,) = await handovers(desk, scene.report)
    assert [theirs.status_code, again.status_code, twice.status_code] == [404, 200, 409]
    assert again.json()["state"] == "queued"
    assert (row["state"], row["sends"]) == ("failed", TRIES_MAX + 1)
    assert await handovers(elsewhere, scene.report) == []


async def test_a_refusal_is_a_dead_letter_at_once_and_a_retry_can_mend_it(
    lamps: Any, desk: Caller, work: Any
) -> None:
    report = await lamps(Declined(), Acknowledged(reference="L-1"))
    await work()
    (dead,) = await handovers(desk, report)

    await desk.post(f"{DESK}/handovers/{dead['id']}/retry", key=None)
    await work()

    (mended,) = await handovers(desk, report)
    assert (dead["state"], dead["failure"]) == ("dead", "declined")
    assert (mended["state"], mended["reference"]) == ("acknowledged", "L-1")
    assert Scripted.given[0].ref == Scripted.given[1].ref
    settled = await desk.post(f"{DESK}/handovers/{dead['id']}/retry", key=None)
    assert settled.json()["type"].endswith("/feedback/not-from-here")


async def test_a_number_that_comes_later_is_asked_for(
    lamps: Any, desk: Caller, work: Any, clock: Clock
) -> None:
    still = Taken(token="t1")  # noqa: S106 - a name for work
    report = await lamps(still, still, Unanswered(), Acknowledged(reference="L-2"))
    seen: list[str] = []

    for _ in range(4):
        await work()
        seen.append((await handovers(desk, report))[0]["state"])
        clock.advance(minutes=5)

    assert seen == ["sent", "sent", "sent", "acknowledged"]
    assert len(Scripted.given) == 1


async def test_two_reports_under_one_number_are_a_fault_there(
    lamps: Any, desk: Caller, work: Any
) -> None:
    await lamps(Acknowledged(reference="L-3"))
    await work()
    second = await lamps(Acknowledged(reference="L-3"))
    await work()

    (row,) = await handovers(desk, second)
    assert (row["state"], row["failure"], row["reference"]) == ("dead", "number-taken", None)


async def test_what_has_gone_is_recalled_and_what_has_not_stays_at_home(
    stage: Any, desk: Caller, work: Any, folder: Path, clock: Clock
) -> None:
    gone = await stage((Call.ASSIGNMENT,))
    await work()
    still_here = await stage((Call.ASSIGNMENT,))

    clock.advance(seconds=1)
    await gone.make(Call.RECALL)
    await still_here.make(Call.WITHDRAWAL)
    await work()

    there, back = await handovers(desk, gone.report)
    (never,) = await handovers(desk, still_here.report)
    assert [there["errand"], back["errand"]] == ["work", "recall"]
    assert [there["state"], back["state"], never["state"]] == [
        "acknowledged",
        "acknowledged",
        "cancelled",
    ]
    (recall,) = orders(folder, gone.report["code"], "recall")
    assert msgspec.json.decode(recall, type=Recall).reference == there["reference"]
    assert orders(folder, still_here.report["code"]) == []


async def test_a_recall_waits_for_the_number_of_what_it_recalls(
    lamps: Any, desk: Caller, act: Any, work: Any, clock: Clock
) -> None:
    number = Acknowledged(reference="L-4")
    report = await lamps(Taken(token="t2"), number, number)  # noqa: S106 - a name for work
    await work()
    path = f"{DESK}/reports/{report['id']}/assignments/{report['assignment_id']}"
    seen = {"If-Match": f'"{report["version"]}"'}
    taken_back = await desk.send("DELETE", path, params={"reason": WHY}, headers=seen)
    assert taken_back.status_code == 200, taken_back.text

    for _ in range(3):
        await work()
        clock.advance(minutes=2)

    assert [each["state"] for each in await handovers(desk, report)] == ["acknowledged"] * 2
    assert [each.reference for each in Scripted.recalled] == ["L-4"]


async def test_work_that_comes_back_by_an_un_merge_goes_out_anew(
    stage: Any, desk: Caller, work: Any, clock: Clock
) -> None:
    scene = await stage((Call.ASSIGNMENT,))
    await work()
    clock.advance(seconds=1)
    await scene.make(Call.MERGE)
    await work()

    clock.advance(seconds=1)
    await scene.make(Call.UNMERGE)
    await work()

    rows = await handovers(desk, scene.report)
    assert [each["errand"] for each in rows] == ["work", "recall", "work"]
    assert {each["state"] for each in rows} == {"acknowledged"}
    assert rows[0]["reference"] == rows[2]["reference"]


async def test_a_system_that_speaks_of_work_has_it(
    lamps: Any, desk: Caller, work: Any, as_staff: Any, client: httpx.AsyncClient
) -> None:
    report = await lamps(Unanswered())
    await work()
    new = {"name": "Lamps", "contact": "ops@example.org", "agency_id": str(LIGHTING)}
    made = await as_staff("admin").post("/v1/feedback/config/open311-keys", json=new)

    told = await client.post(
        "/v1/feedback/open311/v2/servicerequestupdates.json",
        data={
            "api_key": made.json()["key"],
            "update_id": "u1",
            "service_request_id": report["code"],
            "status": "IN_PROGRESS",
        },
    )

    (row,) = await handovers(desk, report)
    assert told.status_code == 200, told.text
    assert (row["state"], row["next_try_at"]) == ("acknowledged", None)


async def test_one_house_is_the_system_of_another(
    client: httpx.AsyncClient, as_staff: Any, clock: Clock
) -> None:
    clock.advance(minutes=11)
    new = {"name": "Province", "contact": "ops@example.org"}
    key = (await as_staff("admin").post("/v1/feedback/config/open311-keys", json=new)).json()
    described = DescribedSystem(
        agencies=(AGENCY,),
        url="https://district.example.vn/v1/feedback/open311/v2",
        api_key=key["key"],
    )

    async def ask(method: str, url: str, *, body: bytes, headers: Any, reach: object) -> Answer:
        answer = await client.request(method, url, content=body, headers=headers)
        return Answer(status=answer.status_code, headers={}, body=answer.content)

    there = Open311System("district", described, ask=ask)

    first, again = await there.give(order("one")), await there.give(order("one"))

    assert isinstance(first, Acknowledged)
    assert first == again
    stolen = msgspec.structs.replace(described, api_key="x" * 40)
    refused = Open311System("district", stolen, ask=ask)
    assert isinstance(await refused.give(order("two")), Declined)
