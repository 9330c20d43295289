"""A dossier's code alone tells nothing; with a proof it tells how things stand, and no name."""

import asyncio
from collections.abc import Awaitable, Callable
from datetime import timedelta
from typing import Any
from uuid import uuid4

import pytest

from backend.kernel.database import Connection
from backend.testing import Caller, Client, Clock
from modules.public_services.model.deliveries import Delivery, DeliveryReceipt
from modules.public_services.scopes import OWN_DOSSIERS
from modules.public_services.service import deliveries
from modules.public_services.service.tags import tags_of
from tests.public_services.conftest import options, package, raw
from tests.public_services.dossiers import NUMBER, PHONE, SOURCE, Item, dossier, progress

LOOK_UP = "/v1/public-services/dossier-lookups"
MINE = "/v1/public-services/me/dossiers"
Tell = Callable[..., Awaitable[DeliveryReceipt]]


@pytest.fixture
def tell(as_job: Callable[..., Any]) -> Tell:
    """Have the source tell something."""

    async def call(heads: list[Item], moves: list[Item] | None = None) -> DeliveryReceipt:
        async with as_job() as tx:
            told = Delivery(dossiers=tuple(heads), progress=tuple(moves or ()))
            return await deliveries.keep(tx, SOURCE, told)

    return call


@pytest.fixture
def code() -> str:
    """A code that no other test guesses at."""
    return f"H56.22-260105-{uuid4().int % 10_000_000:07}"


@pytest.fixture(autouse=True)
def _the_next_day(clock: Clock) -> None:
    clock.advance(days=2)


async def ask(client: Client, code: str, factor: str = NUMBER[-6:]) -> Any:
    return await client.post(LOOK_UP, json={"code": code, "factor": factor})


async def test_a_proof_shows_the_state_and_no_text(client: Client, tell: Tell, code: str) -> None:
    await tell(
        [dossier(code)],
        [progress(4, "2026-01-05 09:00:00", code), progress(5, "2026-01-06 09:00:00", code)],
    )

    by_number = await ask(client, code.lower().replace("-", " – "))
    by_phone = await ask(client, code, PHONE[-6:])

    assert by_number.status_code == by_phone.status_code == 200
    standing = by_phone.json()["standing"]
    assert (standing["status"], standing["group"], standing["clock"]) == (5, "paused", "stopped")
    assert [step["to_status"] for step in by_phone.json()["steps"]] == [4, 5]
    assert "Nguyễn" not in by_phone.text
    assert "Bộ phận" not in by_phone.text


async def test_unknown_code_wrong_proof_and_locked_code_are_one_answer(
    client: Client, tell: Tell, code: str
) -> None:
    await tell([dossier(code)])

    wrong = [await ask(client, code, "000000") for _ in range(5)]
    locked = await ask(client, code)
    unknown = await ask(client, "G09.20-20260105-7654321")

    answers = [*wrong, locked, unknown]
    assert {answer.status_code for answer in answers} == {404}
    assert len({_without_trace(answer) for answer in answers}) == 1


def _without_trace(answer: Any) -> tuple[tuple[str, str], ...]:
    kept = {
        k: v for k, v in answer.json().items() if k not in {"instance", "trace_id", "request_id"}
    }
    return tuple(sorted((name, str(value)) for name, value in kept.items()))


async def test_right_answers_are_not_counted(client: Client, tell: Tell, code: str) -> None:
    await tell([dossier(code)])

    answers = [await ask(client, code) for _ in range(15)]

    assert {answer.status_code for answer in answers} == {200}


async def test_guesses_at_once_gain_nothing(client: Client, tell: Tell, code: str) -> None:
    await tell([dossier(code)])

    await asyncio.gather(*(ask(client, code, f"00000{digit}") for digit in range(8)))

    assert (await ask(client, code)).status_code == 404


async def test_an_address_is_slowed_down(client: Client, clock: Clock) -> None:
    guesses = [await ask(client, f"H56.22-260105-{number:05}") for number in range(11)]

    assert [guess.status_code for guess in guesses] == [404] * 10 + [429]
    assert int(guesses[-1].headers["retry-after"]) > 0


async def test_what_cannot_be_a_code_is_refused_as_such(client: Client) -> None:
    for text in ("H56.22-260231-0001", "H56.22-260105-00", "' or 1=1 --", "H56.22-２60105-0001"):
        assert (await ask(client, text)).status_code in {400, 422}, text


async def test_the_database_shows_a_stranger_nothing_else(
    client: Client, tell: Tell, code: str, connection: Connection
) -> None:
    await tell([dossier(code)])

    tables = ("dossier", "dossier_factor", "dossier_event", "dossier_event_text", "dossier_owner")
    seen = [
        await connection.fetchval(f"select count(*) from public_services.{table}")
        for table in tables
    ]

    assert seen == [0] * len(tables)


async def test_the_owner_sees_everything_and_a_stranger_nothing(
    client: Client,
    tell: Tell,
    code: str,
    as_citizen: Callable[..., Caller],
    as_job: Callable[..., Any],
    connection: Connection,
) -> None:
    number = f"0380{uuid4().int % 10**8:08}"
    await tell(
        [dossier(code, SoGiayTo=number)],
        [progress(4, "2026-01-05 09:00:00", code), progress(3, "2026-01-05 10:00:00", code)],
    )
    owner, stranger = as_citizen(OWN_DOSSIERS), as_citizen(OWN_DOSSIERS)
    async with as_job() as tx:
        index = tags_of(tx).owner(number)
    async with connection.transaction():
        await connection.execute("select set_config('tinhs.kind', 'job', true)")
        await connection.execute(
            "insert into public_services.dossier_owner (owner_index, person_id) values ($1, $2)",
            index,
            owner.person_id,
        )
    for _ in range(6):
        await ask(client, code, "000000")

    (mine,) = (await owner.get(MINE)).json()["items"]
    events = (await owner.get(f"{MINE}/{mine['id']}/events")).json()["items"]
    theirs = await stranger.get(f"{MINE}/{mine['id']}")
    weak = await as_citizen(OWN_DOSSIERS, ial=1).get(MINE)

    assert mine["standing"]["code"] == code
    assert [(event["to_status"], event["anomaly"]) for event in events] == [(4, False), (3, True)]
    assert events[0]["content"] == "… nộp thiếu giấy chứng sinh"
    assert (await stranger.get(MINE)).json()["items"] == []
    assert theirs.status_code == 404
    assert weak.status_code == 401


async def test_disorder_and_repetition_end_in_the_same_state(
    client: Client, tell: Tell, code: str
) -> None:
    last = progress(9, "2026-01-07 09:00:00", code)
    earlier = progress(4, "2026-01-05 09:00:00", code)

    first = await tell([dossier(code)], [last, earlier])
    again = await tell([dossier(code)], [earlier, last])

    assert (first.accepted, again.accepted, again.unchanged) == (3, 0, 3)
    found = (await ask(client, code)).json()
    assert found["standing"]["status"] == 9
    assert [(s["from_status"], s["to_status"]) for s in found["steps"]] == [(None, 4), (4, 9)]


async def test_one_bad_item_spoils_no_other(tell: Tell, code: str) -> None:
    receipt = await tell(
        [dossier("nonsense"), dossier(code), dossier(code, TrangThaiHoSo="11")],
        [
            progress(4, "yesterday", code),
            progress(4, "2026-01-05 09:00:00", "G09.20-20260105-7777777"),
        ],
    )

    assert receipt.accepted == 1
    assert [(each.part, each.index, each.code) for each in receipt.refused] == [
        ("dossiers", 0, "bad-code"),
        ("dossiers", 2, "bad-status"),
        ("progress", 0, "bad-time"),
        ("progress", 1, "unknown-dossier"),
    ]


async def test_an_answer_carries_its_age(
    client: Client, tell: Tell, code: str, clock: Clock
) -> None:
    await tell([dossier(code)])
    told_at = clock.now

    fresh = (await ask(client, code)).json()["standing"]["source"]
    clock.advance(minutes=20)
    old = (await ask(client, code)).json()["standing"]["source"]

    assert (fresh["state"], old["state"]) == ("live", "stale")
    assert old["as_of"] == fresh["as_of"] == told_at.isoformat()
    assert clock.now - told_at > timedelta(minutes=15)


async def test_nothing_of_the_applicant_is_kept(tell: Tell, connection: Connection) -> None:
    await tell([dossier()], [progress(4, "2026-01-05 09:00:00")])

    async with connection.transaction():
        await connection.execute("select set_config('tinhs.kind', 'job', true)")
        rows = [
            row
            for table in ("dossier", "dossier_factor", "dossier_event")
            for row in await connection.fetch(
                f"select row::text as row from public_services.{table} as row"
            )
        ]

    assert rows
    assert not [row for row in rows if NUMBER in row["row"] or PHONE[1:] in row["row"]]


async def test_where_no_agency_names_a_day_it_is_counted_and_says_so(
    client: Client, tell: Tell, code: str, publish: Callable[..., Awaitable[Any]], clock: Clock
) -> None:
    await publish(package(raw()), options())  # a working day, at a desk
    undated = {"NgayHenTra": ""}

    await tell([dossier(code, **undated)], [progress(5, "2026-01-05 09:00:00", code)])
    waiting = (await ask(client, code)).json()["standing"]
    await tell([], [progress(4, "2026-01-08 09:00:00", code)])
    resumed = (await ask(client, code)).json()["standing"]
    await tell([dossier(code, ThoiDiem="2026-01-08 10:00:00", NgayHenTra="20260112170000")])
    named = (await ask(client, code)).json()["standing"]

    assert (waiting["due_source"], waiting["due_at"]) == ("computed", "2026-01-06T17:00:00+07:00")
    assert resumed["first_due_at"] == "2026-01-06T17:00:00+07:00", (
        "the first date stays what it was"
    )
    assert resumed["due_at"] == "2026-01-09T17:00:00+07:00", "three working days the clock stood"
    assert (named["due_source"], named["due_at"]) == ("agency", "2026-01-12T17:00:00+07:00")
    assert named["first_due_at"] == "2026-01-06T17:00:00+07:00"


async def test_who_has_only_sent_a_dossier_reads_until_when_somebody_answers(
    client: Client, tell: Tell, code: str
) -> None:
    sent = {"NgayTiepNhan": "", "NgayHenTra": "", "NgayNopHoSo": "20260116160000"}

    await tell([dossier(code, TrangThaiHoSo="1", **sent)])
    standing = (await ask(client, code)).json()["standing"]

    # An hour of Friday and seven of Monday, with a break at noon.
    assert (standing["clock"], standing["answer_due_at"]) == (
        "acceptance",
        "2026-01-19T16:30:00+07:00",
    )
    assert standing["due_at"] is None
