"""What a person keeps an eye on: dossiers that move, procedures that change, an opinion."""

from collections.abc import Awaitable, Callable
from functools import partial
from typing import Any
from uuid import UUID, uuid4

import pytest

from backend.identity.people import turning
from backend.kernel import Principal
from backend.kernel.database import Connection
from backend.kms import Kms, kms_of
from backend.kms.versions import RESTS_SECONDS
from backend.testing import Caller, Client, Clock
from contracts.personal_data import PersonalData
from modules.public_services.model.deliveries import Delivery
from modules.public_services.repository.deliveries import known
from modules.public_services.scopes import EDIT, FAVOURITES, OWN_DOSSIERS
from modules.public_services.service import deliveries, indexing, mine
from modules.public_services.service.forgetting import prune
from modules.public_services.service.personal_data import PeoplesRows
from modules.public_services.service.tags import OWNER, tags_of
from modules.public_services.service.turning import OwnerIndex
from tests.kms.conformance import Later, later
from tests.public_services.conftest import BIRTH, options, package, raw
from tests.public_services.dossiers import NUMBER, PHONE, SOURCE, Item, dossier, progress

__all__ = ["later"]

MINE = "/v1/public-services/me"
Tell = Callable[..., Awaitable[Any]]


class Index:
    """An index of personal numbers that knows one person."""

    def __init__(self, tags: Any, number: str) -> None:
        self._tags, self._number = tags, number

    def digest(self, column: str, number: str) -> bytes:
        assert column == OWNER
        return self._tags.owner(number)

    async def of(self, column: str, person_id: UUID, *, purpose: str) -> bytes | None:
        return self.digest(column, self._number)


@pytest.fixture
def tell(as_job: Callable[..., Any]) -> Tell:
    async def call(*heads: Item, moves: tuple[Item, ...] = ()) -> None:
        async with as_job() as tx:
            await deliveries.keep(tx, SOURCE, Delivery(dossiers=heads, progress=moves))

    return call


@pytest.fixture
def code() -> str:
    return f"H56.22-260105-{uuid4().int % 10_000_000:07}"


def id_of(caller: Caller) -> UUID:
    assert caller.person_id is not None
    return caller.person_id


@pytest.fixture
async def owner(
    as_citizen: Callable[..., Caller], as_job: Callable[..., Any], tell: Tell, code: str
) -> Caller:
    """Somebody whose number the national account has proved, and their dossier."""
    number = f"0380{uuid4().int % 10**8:08}"
    citizen = as_citizen(OWN_DOSSIERS, FAVOURITES)
    await tell(dossier(code, SoGiayTo=number))
    await citizen.get(f"{MINE}/dossiers")
    async with as_job() as tx:
        tx.principal = Principal(kind="citizen", person_id=citizen.person_id)
        await mine.recognise(tx, Index(tags_of(tx), number))
    return citizen


async def own_id(owner: Caller) -> str:
    (found,) = (await owner.get(f"{MINE}/dossiers")).json()["items"]
    return found["id"]


async def test_a_proved_number_finds_ones_own_dossiers(owner: Caller, code: str) -> None:
    (found,) = (await owner.get(f"{MINE}/dossiers")).json()["items"]

    assert found["standing"]["code"] == code


async def test_an_owner_rates_a_finished_dossier_and_may_change_it_for_a_while(
    owner: Caller, tell: Tell, code: str, clock: Clock, as_citizen: Callable[..., Caller]
) -> None:
    address = f"{MINE}/dossiers/{await own_id(owner)}/rating"
    early = await owner.put(address, json={"level": 5})
    await tell(moves=(progress(9, "2026-01-06 09:00:00", code),))

    first = await owner.put(address, json={"level": 2, "comment": "chậm"})
    second = await owner.put(address, json={"level": 4})
    clock.advance(days=16)
    late = await owner.put(address, json={"level": 1})
    strangers = await as_citizen(OWN_DOSSIERS).put(address, json={"level": 1})
    impossible = await owner.put(address, json={"level": 6})
    clock.advance(days=-16)

    assert (early.status_code, early.json()["type"].rsplit("/")[-1]) == (409, "not-finished")
    assert (first.json()["level"], first.json()["previous"]) == (2, None)
    assert (second.json()["level"], second.json()["previous"]) == (4, 2)
    assert (late.status_code, late.json()["type"].rsplit("/")[-1]) == (409, "rating-closed")
    assert (strangers.status_code, impossible.status_code) == (404, 400)


async def test_a_watcher_reads_what_a_proof_shows_and_no_word_of_the_officers(
    as_citizen: Callable[..., Caller], tell: Tell, code: str, connection: Connection
) -> None:
    await tell(dossier(code), moves=(progress(4, "2026-01-05 09:00:00", code),))
    friend = as_citizen(OWN_DOSSIERS)

    wrong = await friend.post(
        f"{MINE}/watches", json={"basis": "factor", "code": code, "factor": "000000"}
    )
    watched = await friend.post(
        f"{MINE}/watches", json={"basis": "factor", "code": code, "factor": NUMBER[-6:]}
    )
    listed = (await friend.get(f"{MINE}/watches")).json()["watches"]
    events = await friend.get(f"{MINE}/dossiers/{listed[0]['watch']['dossier_id']}/events")
    async with connection.transaction():
        await connection.execute(
            "select set_config('tinhs.kind', 'citizen', true),"
            "       set_config('tinhs.subjects', $1, true)",
            "{" + str(friend.person_id) + "}",
        )
        texts = await connection.fetchval("select count(*) from public_services.dossier_event_text")
    gone = await friend.delete(f"{MINE}/watches/{listed[0]['watch']['dossier_id']}")
    after = (await friend.get(f"{MINE}/watches")).json()["watches"]

    assert (wrong.status_code, watched.status_code) == (404, 200)
    assert listed[0]["standing"]["code"] == code
    assert (events.status_code, texts) == (404, 0)
    assert (gone.status_code, after) == (204, [])


async def test_only_ones_own_is_watched_without_a_proof(
    owner: Caller, as_citizen: Callable[..., Caller]
) -> None:
    wanted = {"basis": "owner", "dossier_id": await own_id(owner)}

    theirs = await as_citizen(OWN_DOSSIERS).post(f"{MINE}/watches", json=wanted)
    ours = await owner.post(f"{MINE}/watches", json=wanted)

    assert (theirs.status_code, ours.status_code) == (404, 200)
    assert ours.json()["basis"] == "owner"


async def test_a_favourite_says_when_it_has_changed(
    as_citizen: Callable[..., Caller], publish: Callable[..., Awaitable[Any]]
) -> None:
    await publish(package(raw()), options("2026-01-01", "QĐ 1"))
    citizen = as_citizen(FAVOURITES)

    unknown = await citizen.put(f"{MINE}/favourites/1.999999")
    kept = await citizen.put(f"{MINE}/favourites/{BIRTH}")
    before = (await citizen.get(f"{MINE}/favourites")).json()["favourites"]
    await publish(package(raw(title="Đăng ký khai sinh mới")), options("2026-01-04", "QĐ 2"))
    after = (await citizen.get(f"{MINE}/favourites")).json()["favourites"]
    await citizen.put(f"{MINE}/favourites/{BIRTH}")
    seen = (await citizen.get(f"{MINE}/favourites")).json()["favourites"]
    await citizen.delete(f"{MINE}/favourites/{BIRTH}")
    gone = (await citizen.get(f"{MINE}/favourites")).json()["favourites"]

    assert (unknown.status_code, kept.status_code) == (404, 204)
    assert [each["changed"] for each in (*before, *after, *seen)] == [False, True, False]
    assert (after[0]["title"], gone) == ("Đăng ký khai sinh mới", [])


async def test_erasing_a_person_leaves_a_level_and_nobody(
    owner: Caller, tell: Tell, code: str, as_job: Callable[..., Any]
) -> None:
    dossier_id = await own_id(owner)
    await tell(moves=(progress(9, "2026-01-06 09:00:00", code),))
    rating = {"level": 2, "comment": "ông A làm chậm"}
    await owner.put(f"{MINE}/dossiers/{dossier_id}/rating", json=rating)
    await owner.post(f"{MINE}/watches", json={"basis": "owner", "dossier_id": dossier_id})

    async with as_job() as tx:
        kept: PersonalData = PeoplesRows(tx)
        exported = await kept.export(id_of(owner))
        await kept.erase(id_of(owner), uuid4())
        again = await kept.export(id_of(owner))

    tables = {each.table.rsplit(".")[-1] for each in exported}
    assert tables == {"dossier", "dossier_watch", "dossier_rating"}
    assert again == []
    assert (await owner.get(f"{MINE}/dossiers")).json()["items"] == []


async def test_two_accounts_become_one(
    owner: Caller, as_job: Callable[..., Any], as_citizen: Callable[..., Caller]
) -> None:
    other = as_citizen(OWN_DOSSIERS)
    await other.get(f"{MINE}/dossiers")

    async with as_job() as tx:
        await PeoplesRows(tx).merge(id_of(owner), id_of(other))

    assert (await owner.get(f"{MINE}/dossiers")).json()["items"] == []
    assert len((await other.get(f"{MINE}/dossiers")).json()["items"]) == 1


async def test_what_ended_long_ago_is_forgotten(
    owner: Caller, tell: Tell, code: str, as_job: Callable[..., Any], clock: Clock
) -> None:
    await tell(moves=(progress(9, "2026-01-06 09:00:00", code),))

    clock.advance(days=729)
    async with as_job() as tx:
        await prune(tx)
        before = await known(tx, SOURCE, code)
    clock.advance(days=3)
    async with as_job() as tx:
        await prune(tx)
        after = await known(tx, SOURCE, code)
    clock.advance(days=-732)

    assert before is not None
    assert after is None


async def test_owner_and_watcher_are_told_when_a_dossier_moves(
    owner: Caller,
    tell: Tell,
    code: str,
    as_citizen: Callable[..., Caller],
    work: Callable[[], Awaitable[list[str]]],
    connection: Connection,
) -> None:
    friend = as_citizen(OWN_DOSSIERS)
    watched = {"basis": "factor", "code": code, "factor": PHONE[-6:]}
    assert (await friend.post(f"{MINE}/watches", json=watched)).status_code == 200
    await work()

    await tell(moves=(progress(5, "2026-01-06 09:00:00", code),))
    await work()
    await tell(moves=(progress(5, "2026-01-06 09:00:00", code),))
    await work()

    async with connection.transaction():
        await connection.execute("select set_config('tinhs.kind', 'job', true)")
        rows = await connection.fetch(
            "select person_id, kind from notifications.message where about = $1", code
        )
    told = sorted((row["person_id"], row["kind"]) for row in rows)
    kind = "public_services.dossier-waits"
    assert told == sorted([(id_of(owner), kind), (id_of(friend), kind)])


BEES = ("1.610001", "1.610002", "1.610003")
BEEKEEPING = {
    "title": "Nuôi ong",
    "audience": "citizen",
    "fact": "Ngày",
    "steps": [{"code": BEES[0], "due_days": 1}, {"code": BEES[2], "due_days": 9}],
}


async def test_whoever_knows_an_abolished_procedure_is_led_to_where_it_lives_on(
    client: Client,
    as_citizen: Callable[..., Caller],
    as_staff: Callable[..., Caller],
    as_job: Callable[..., Any],
    publish: Callable[..., Awaitable[Any]],
    clock: Clock,
) -> None:
    old, between, new = BEES
    base, citizen, editor = "/v1/public-services", as_citizen(FAVOURITES), as_staff(*EDIT.roles)
    await publish(
        package(raw(old, "Cấp thẻ ong mật"), raw(between, "Cấp thẻ ong")), options(decision="QĐ 61")
    )
    await citizen.put(f"{MINE}/favourites/{old}")
    seq = (await client.get(f"{base}/changes?since=0")).json()["next"]
    await editor.put(f"{base}/life-events/nuoi-ong", json=BEEKEEPING, headers={"If-Match": '"0"'})
    row = f"{new},Đăng ký đàn vật nuôi,commune,Nông nghiệp,citizen,{between}"
    sheet = f"code,title,levels,field,audiences,replaces\n{row}\n"
    await publish(sheet.encode(), options(decision="QĐ 62"), "procedures.csv")
    ended = [raw(each, "Cấp thẻ ong", TRANGTHAI="0") for each in (old, between)]
    await publish(package(*ended), options("2026-01-05", "QĐ 63"))

    address = f"{base}/procedures/{old}/successors"
    first = await editor.put(address, json={"codes": [between]}, headers={"If-Match": '"0"'})
    stale = await editor.put(address, json={"codes": [new]}, headers={"If-Match": '"0"'})
    wrong = [
        await editor.put(address, json={"codes": [each]}, headers={"If-Match": '"1"'})
        for each in (old, "1.999999")
    ]
    async with as_job() as tx:
        await indexing.rebuild(tx)
    clock.advance(seconds=3)
    read = (await client.get(f"{base}/procedures/{old}")).json()
    earlier = (await client.get(f"{base}/procedures/{old}?on=2026-01-02")).json()
    by_code = (await client.get(f"{base}/search?q={old}")).json()
    by_title = (await client.get(f"{base}/search", params={"q": "the ong mat"})).json()
    (kept,) = (await citizen.get(f"{MINE}/favourites")).json()["favourites"]
    told = (await client.get(f"{base}/changes?since={seq}")).json()["changes"]
    plan = {"fact_on": "2026-02-01"}
    steps = (await client.post(f"{base}/life-events/nuoi-ong/plans", json=plan)).json()["steps"]
    pages = [
        (await client.get(path)).text for path in (f"/procedures/{old}", f"/procedures?q={old}")
    ]

    after = [{"code": new, "title": "Đăng ký đàn vật nuôi"}]
    assert (first.status_code, stale.status_code) == (200, 412)
    assert [each.status_code for each in wrong] == [422, 422]
    assert (read["status"], read["successors"]) == ("abolished", after)
    assert (earlier["status"], earlier["successors"]) == ("in_force", [])
    assert [hit["card"]["code"] for hit in by_code["hits"]] == [new]
    assert (by_code["replaced"]["code"], by_code["answerable"]) == (old, True)
    assert by_title["hits"][0]["card"]["code"] == new
    assert (kept["title"], kept["successors"]) == (None, after)
    gone = {each["code"]: each["successors"] for each in told if not each["procedure"]}
    assert gone == {old: after, between: after}
    assert [step["code"] for step in steps] == [new], "and once, though the event names it, too"
    assert all(f'href="/procedures/{new}"' in page for page in pages)


def carry(kms: Kms, digest: bytes) -> bytes:
    return kms.carry(f"index-{OWNER}", digest).value


async def test_ones_own_dossiers_stay_ones_own_while_the_index_of_owners_turns(
    owner: Caller,
    as_job: Callable[..., Any],
    clock: Clock,
    drain: Callable[[], Awaitable[list[str]]],
    later: Later,
) -> None:
    async def is_seen() -> bool:
        return len((await owner.get(f"{MINE}/dossiers")).json()["items"]) == 1

    digests = "select length(owner_index) as bytes from public_services.dossier_owner"
    assert await is_seen()
    async with as_job() as tx:
        await turning.begin(tx, OWNER)
    later(RESTS_SECONDS + 1)
    seen: list[bool] = []
    after: str | None = ""
    while after is not None:
        async with as_job() as tx:
            carried = partial(carry, kms_of(tx))
            after = await OwnerIndex(tx).carry(OWNER, after, carried)
        seen.append(await is_seen())
    clock.advance(minutes=2)
    await drain()
    async with as_job() as tx:
        looking: Any = tx._connection
        rows = await looking.fetch(digests)

    assert seen == [True, True, True]
    assert {row["bytes"] for row in rows} == {17}
