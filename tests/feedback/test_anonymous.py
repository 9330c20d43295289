"""Reports of people without an account: taken, followed, taken over, and limited."""

import secrets
from collections.abc import Awaitable, Callable, Mapping
from datetime import timedelta
from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest

from backend.host.settings import Settings as HouseSettings
from backend.kernel import VIETNAM
from backend.kernel.database import Connection
from backend.testing import Caller, Client, Clock
from contracts.demo import HAC_THANH
from modules.feedback.scopes import OWN
from modules.feedback.settings import Settings
from modules.notifications.settings import Settings as Told
from tests.feedback.conftest import FILING

REPORTS = "/v1/feedback/reports"
Act = Callable[..., Awaitable[Any]]


@pytest.fixture(scope="module")
def settings(settings: Mapping[Any, Any]) -> Mapping[Any, Any]:
    """The limits as they are shipped."""
    return {**settings, Settings: Settings(), Told: Told(senders=("file",))}


@pytest.fixture(scope="module")
def outbox(settings: Mapping[Any, Any]) -> Path:
    return settings[HouseSettings].data_dir / "outbox"


class Stranger:
    """Somebody with a phone and no account."""

    def __init__(self, client: Client) -> None:
        self._client = client
        self.device = secrets.token_urlsafe(32)

    async def file(self, *, key: str = "", **changes: Any) -> Any:
        headers = {"Idempotency-Key": key or uuid4().hex, "Tinhs-Device": self.device}
        return await self._client.post(REPORTS, json={**FILING, **changes}, headers=headers)

    async def read(self, report: Mapping[str, Any], token: str) -> Any:
        headers = {"Tracking-Token": token}
        return await self._client.get(f"{REPORTS}/{report['id']}", headers=headers)


@pytest.fixture
def nobody(client: Client, clock: Clock) -> Stranger:
    clock.advance(hours=2)  # whatever the test before has used up is given back
    return Stranger(client)


@pytest.fixture
async def tracked(nobody: Stranger) -> Mapping[str, Any]:
    answer = await nobody.file()
    assert answer.status_code == 201, answer.text
    return answer.json()


async def test_a_report_without_an_account_is_followed_by_its_token(
    nobody: Stranger, tracked: Mapping[str, Any], client: Client
) -> None:
    read = await nobody.read(tracked, tracked["token"])
    found = await client.get(
        "/v1/feedback/tracked-report", headers={"Tracking-Token": tracked["token"].upper()}
    )

    assert tracked["token"].startswith(f"{tracked['code']}.")
    assert read.status_code == found.status_code == 200, read.text
    assert read.json()["code"] == found.json()["code"] == tracked["code"]
    assert read.json()["text"] == FILING["text"]


async def test_a_wrong_token_cannot_be_told_from_an_unknown_report(
    nobody: Stranger, tracked: Mapping[str, Any]
) -> None:
    other = (await nobody.file()).json()
    wrong = f"{tracked['code']}.{'a' * 26}"
    nothing = {"id": str(uuid4())}

    answers = [
        await nobody.read(tracked, wrong),
        await nobody.read(tracked, other["token"]),
        await nobody.read(tracked, f"PA-222222.{'a' * 26}"),
        await nobody.read(nothing, tracked["token"]),
        await nobody.read(nothing, "nonsense"),
    ]

    assert {answer.status_code for answer in answers} == {404}
    assert len({answer.json()["type"] for answer in answers}) == 1


async def test_without_its_token_nobody_reads_it(
    client: Client, stranger: Caller, tracked: Mapping[str, Any]
) -> None:
    path = f"{REPORTS}/{tracked['id']}"

    assert (await client.get(path)).status_code == 404
    assert (await stranger.get(path)).status_code == 404


async def test_the_eleventh_wrong_guess_of_an_hour_waits_and_a_right_one_does_not(
    nobody: Stranger, tracked: Mapping[str, Any], clock: Clock
) -> None:
    wrong = f"{tracked['code']}.{'b' * 26}"

    guesses = [(await nobody.read(tracked, wrong)).status_code for _ in range(10)]
    refused = await nobody.read(tracked, wrong)
    right = await nobody.read(tracked, tracked["token"])

    assert guesses == [404] * 10
    assert refused.status_code == 429
    assert int(refused.headers["retry-after"]) > 0
    assert right.status_code == 200
    clock.advance(hours=1)
    assert (await nobody.read(tracked, wrong)).status_code == 404


async def test_a_filing_sent_again_after_a_week_is_the_same_report_with_the_same_token(
    nobody: Stranger, connection: Connection, clock: Clock
) -> None:
    first = (await nobody.file(key="drawer")).json()
    clock.advance(days=7)
    await connection.execute("delete from kernel.idempotency")

    again = await nobody.file(key="drawer")
    other = await nobody.file(key="drawer", text="Một việc hoàn toàn khác ở chỗ khác.")

    assert again.status_code == 201
    for member in ("id", "code", "token", "receipt"):
        assert again.json()[member] == first[member]
    assert other.status_code == 422


async def everywhere(connection: Connection) -> list[tuple[str, str]]:
    """Every table of the house."""
    rows = await connection.fetch(
        "select table_schema, table_name from information_schema.tables where table_type ="
        " 'BASE TABLE' and table_schema not in ('pg_catalog', 'information_schema')"
    )
    return [(row["table_schema"], row["table_name"]) for row in rows]


async def test_no_token_lies_in_the_database(
    tracked: Mapping[str, Any], connection: Connection
) -> None:
    secret = tracked["token"].partition(".")[2]

    await connection.execute("select set_config('tinhs.kind', 'job', false)")
    for schema, name in await everywhere(connection):
        rows = await connection.fetch(f"select t::text as row from {schema}.{name} as t")
        assert not any(secret in row["row"] for row in rows), name


async def test_a_new_token_ends_the_one_before(
    nobody: Stranger, tracked: Mapping[str, Any], client: Client
) -> None:
    path = f"{REPORTS}/{tracked['id']}/tracking-token"

    renewed = await client.post(path, headers={"Tracking-Token": tracked["token"]})

    assert renewed.status_code == 200, renewed.text
    assert (await nobody.read(tracked, tracked["token"])).status_code == 404
    assert (await nobody.read(tracked, renewed.json()["token"])).status_code == 200


async def test_an_account_takes_the_report_over(
    nobody: Stranger, tracked: Mapping[str, Any], citizen: Caller, stranger: Caller
) -> None:
    claimed = await citizen.post("/v1/feedback/claims", json={"token": tracked["token"]}, key=None)
    again = await stranger.post("/v1/feedback/claims", json={"token": tracked["token"]}, key=None)

    assert claimed.status_code == 200, claimed.text
    assert again.status_code == 404
    assert (await citizen.get(f"{REPORTS}/{tracked['id']}")).status_code == 200
    assert (await nobody.read(tracked, tracked["token"])).status_code == 404


async def test_the_reporter_answers_and_takes_back_without_an_account(
    tracked: Mapping[str, Any], moderator: Caller, act: Act, client: Client
) -> None:
    await act(moderator, "desk", tracked, "claim")
    asked = await act(moderator, "desk", tracked, "questions", json={"text": "Trước nhà số mấy?"})
    version = asked.json()["version"]
    headers = {"Tracking-Token": tracked["token"], "If-Match": f'"{version}"'}

    answered = await client.post(
        f"{REPORTS}/{tracked['id']}/answers", json={"text": "Số 12."}, headers=headers
    )
    headers["If-Match"] = f'"{answered.json()["version"]}"'
    withdrawn = await client.post(f"{REPORTS}/{tracked['id']}/withdrawal", headers=headers)

    assert answered.status_code == 200, answered.text
    assert withdrawn.json()["state"] == "withdrawn"


async def test_a_hundred_posts_from_an_offline_queue_with_twenty_repeats_make_eighty(
    client: Client, clock: Clock, as_citizen: Callable[..., Caller], connection: Connection
) -> None:
    await connection.execute("select set_config('tinhs.kind', 'job', false)")
    before = await connection.fetchval("select count(*) from feedback.report")
    keys = [uuid4().hex for _ in range(80)]
    queue = [*keys[:50], *keys[30:50], *keys[50:]]
    citizen, codes = as_citizen(OWN), set[str]()

    for number, key in enumerate(queue):
        if number == 60:  # the phone was off for days: the gateway's own memory is gone
            clock.advance(days=3)
            await connection.execute("delete from kernel.idempotency")
        body = {**FILING, "text": f"Phản ánh trong hàng đợi, số {key}."}
        answer = await citizen.post(REPORTS, json=body, key=key)
        while answer.status_code == 429:  # as the app's queue does: wait, send the same again
            clock.advance(seconds=int(answer.headers["retry-after"]))
            answer = await citizen.post(REPORTS, json=body, key=key)
        assert answer.status_code == 201, answer.text
        codes.add(answer.json()["code"])

    assert len(queue) == 100
    assert len(codes) == 80
    assert await connection.fetchval("select count(*) from feedback.report") == before + 80


async def test_a_device_sends_three_an_hour(nobody: Stranger, clock: Clock) -> None:
    statuses = [(await nobody.file()).status_code for _ in range(4)]

    assert statuses == [201, 201, 201, 429]
    clock.advance(hours=1)
    assert (await nobody.file()).status_code == 201


async def test_what_is_sent_again_costs_nothing(nobody: Stranger, connection: Connection) -> None:
    for _ in range(6):
        assert (await nobody.file(key="again")).status_code == 201
        await connection.execute("delete from kernel.idempotency")


async def test_some_categories_want_an_account(nobody: Stranger) -> None:
    answer = await nobody.file(category="officials")

    assert answer.status_code == 403
    assert answer.json()["type"].endswith("/feedback/account-needed")


async def test_whoever_sent_it_is_blocked_and_nobody_learns_who(
    nobody: Stranger,
    tracked: Mapping[str, Any],
    as_staff: Callable[..., Caller],
    client: Client,
    clock: Clock,
) -> None:
    admin = as_staff("admin", areas=[HAC_THANH])
    until = clock.now + timedelta(days=2)
    order = {
        "report_id": tracked["id"],
        "kinds": ["device"],
        "until": until.isoformat(),
        "reason": "Gửi hàng loạt phản ánh sai sự thật.",
    }

    made = await admin.post("/v1/feedback/config/blocks", json=order)
    refused = await nobody.file()
    neighbour = await Stranger(client).file()

    assert made.status_code == 201, made.text
    assert refused.status_code == 403
    assert "113, 114" in refused.json()["detail"]
    assert order["reason"] in refused.json()["detail"]
    assert neighbour.status_code == 201
    assert nobody.device not in made.text
    (block,) = made.json()["items"]
    lifted = await admin.delete(f"/v1/feedback/config/blocks/{block['id']}")
    assert lifted.status_code == 204
    assert (await nobody.file()).status_code == 201


async def test_a_contact_is_sealed_told_and_forgotten(
    nobody: Stranger,
    connection: Connection,
    client: Client,
    drain: Act,
    outbox: Path,
    clock: Clock,
) -> None:
    clock.now = (clock.now.astimezone(VIETNAM) + timedelta(days=1)).replace(hour=12)  # by day
    contact = {"name": "Lê Văn Tám", "phone": "0912 345 678", "email": "tam@example.vn"}
    report = (await nobody.file(contact=contact)).json()
    await drain()
    told = [file.read_text() for file in outbox.glob("email-*.json")]
    headers = {"Tracking-Token": report["token"]}

    forgotten = await client.delete(f"{REPORTS}/{report['id']}/contact", headers=headers)

    assert any("tam@example.vn" in text and report["code"] in text for text in told)
    assert forgotten.status_code == 204
    await connection.execute("select set_config('tinhs.kind', 'job', false)")
    for schema, name in await everywhere(connection):
        rows = await connection.fetch(f"select t::text as row from {schema}.{name} as t")
        assert not any(part in row["row"] for row in rows for part in contact.values()), (
            f"{schema}.{name}"
        )
    kept = await connection.fetchrow(
        "select contact_id, contact_email from feedback.reporter where report_id = $1",
        report["id"],
    )
    assert tuple(kept or ()) == (None, None)


async def test_on_a_page_its_token_does_what_an_account_would(
    nobody: Stranger, client: Client, moderator: Caller, act: Act, draw: Any
) -> None:
    report = (await nobody.file(expected_files=1)).json()
    asked = await act(moderator, "desk", report, "claim")
    asked = await act(moderator, "desk", report, "questions", json={"text": "Trước nhà số mấy?"})
    token = {"token": report["token"]}
    carried = {**token, "report_id": report["id"]}

    async def shown(where: str, **more: Any) -> Any:
        return await client.post(where, headers={"Accept-Language": "vi"}, **more)

    form = await client.get("/track")
    read = await shown("/track", data=token)
    late = {**carried, "version": asked.json()["version"], "text": "Trước nhà số 12."}
    answered = await shown("/track/answer", data=late)
    overtaken = await shown("/track/answer", data=late)
    version = (await nobody.read(report, report["token"])).json()["version"]
    photo = {"photos": ("a.jpg", draw(minute=31), "image/jpeg")}
    attached = await shown("/track/attachment", data={**carried, "version": version}, files=photo)
    version = (await nobody.read(report, report["token"])).json()["version"]
    withdrawn = await shown("/track/withdrawal", data={**carried, "version": version})

    assert 'data-secret="token"' in form.text
    assert all(each in read.text for each in (report["code"], FILING["text"], "Gửi câu trả lời"))
    assert (answered.status_code, overtaken.status_code) == (200, 409)
    assert "Trước nhà số 12." in overtaken.text
    assert attached.status_code == 200, attached.text
    assert 'name="photos"' in read.text
    assert 'name="photos"' not in attached.text
    assert "Đã rút" in withdrawn.text
    assert read.headers["cache-control"] == "no-store"


async def test_a_page_opens_nothing_for_another_token(
    nobody: Stranger, tracked: Mapping[str, Any], client: Client
) -> None:
    other = (await nobody.file()).json()
    theirs = {"token": other["token"], "report_id": tracked["id"], "version": 1}

    pages = [
        await client.post("/track", data={"token": token})
        for token in ("", "nonsense", f"{tracked['code']}.{'a' * 26}")
    ]
    pages.append(await client.post("/track/withdrawal", data=theirs))

    assert [each.status_code for each in pages] == [404] * 4
    assert all('data-secret="token"' in each.text for each in pages)
    kept = (await nobody.read(tracked, tracked["token"])).json()
    assert kept["state"] == "received"
