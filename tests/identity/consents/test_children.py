"""Consent for children: a parent's, then both of them, then nobody's until they are asked."""

import asyncio
from collections.abc import Callable
from datetime import timedelta
from typing import Any
from uuid import UUID, uuid4

from backend.identity.authority import Authority
from backend.identity.minting import mint_ward
from backend.kernel.database import Connection
from backend.testing import Caller, Clock
from tests.identity.consents.asking import give, note, seen

YEAR = timedelta(days=365)
WAITING = """
    select count(*)
      from pg_locks
      join pg_stat_activity using (pid)
     where datname = current_database() and not granted
"""


async def child_of(
    authority: Authority, parent: Caller, child: Caller | None, *, years: float, clock: Clock
) -> UUID:
    """Make a child of that age; its parent and, if it has a phone, itself have signed in once."""
    for person in (parent, child):
        if person is not None:
            await person.get("/v1/account")
    async with authority.transaction() as tx:
        return await mint_ward(
            tx,
            guardian_id=parent.person_id or uuid4(),
            ward_id=child.person_id if child else None,
            of_age_at=clock.now + (18 - years) * YEAR,
        )


async def test_a_parent_speaks_for_a_small_child_until_it_is_seven(
    new_citizen: Callable[..., Caller],
    partner: Caller,
    text_id: str,
    connection: Connection,
    authority: Authority,
    clock: Clock,
) -> None:
    parent = new_citizen(ial=2)
    child = await child_of(authority, parent, None, years=6.5, clock=clock)
    note_id = await note(connection, child)

    given = await give(parent, text_id, partner, person_id=str(child))
    small = await seen(partner, note_id)
    clock.advance(days=200)
    grown = await seen(partner, note_id)
    listed = (await parent.get("/v1/account/consents")).json()["items"]

    assert given.json()["state"] == "given"
    assert (small, grown) == ([200, 1, 1], [404, 0, 0])
    assert [item["state"] for item in listed] == ["lapsed"]


async def test_from_seven_on_both_have_to_agree_and_either_can_take_it_back(
    new_citizen: Callable[..., Caller],
    partner: Caller,
    text_id: str,
    connection: Connection,
    authority: Authority,
    clock: Clock,
) -> None:
    parent, child = new_citizen(ial=2), new_citizen()
    person_id = await child_of(authority, parent, child, years=12, clock=clock)
    note_id = await note(connection, person_id)

    by_parent = await give(parent, text_id, partner, person_id=str(person_id))
    one = await seen(partner, note_id)
    by_child = await give(child, text_id, partner)
    assert by_child.status_code == 201, by_child.text
    both = await seen(partner, note_id)
    await parent.delete(f"/v1/account/consents/{by_parent.json()['id']}")
    without_parent = await seen(partner, note_id)
    clock.advance(seconds=1)
    await give(parent, text_id, partner, person_id=str(person_id))
    again = await seen(partner, note_id)
    clock.advance(seconds=1)
    await child.delete(f"/v1/account/consents/{by_child.json()['id']}")
    without_child = await seen(partner, note_id)

    assert (by_parent.json()["state"], by_child.json()["state"]) == ("waiting", "given")
    assert [both, again] == [[200, 1, 1]] * 2
    assert [one, without_parent, without_child] == [[404, 0, 0]] * 3


async def test_at_eighteen_people_are_asked_themselves(
    new_citizen: Callable[..., Caller],
    partner: Caller,
    text_id: str,
    connection: Connection,
    authority: Authority,
    clock: Clock,
) -> None:
    parent, child = new_citizen(ial=2), new_citizen()
    person_id = await child_of(authority, parent, child, years=17.9, clock=clock)
    note_id = await note(connection, person_id)
    await give(parent, text_id, partner, person_id=str(person_id))
    await give(child, text_id, partner)
    minor = await seen(partner, note_id)

    clock.advance(days=60)
    grown = await seen(partner, note_id)
    stranger = await give(parent, text_id, partner, person_id=str(person_id))
    own = await give(child, text_id, partner)

    assert (minor, grown) == ([200, 1, 1], [404, 0, 0])
    assert stranger.status_code == 404
    assert own.json()["state"] == "given"
    assert await seen(partner, note_id) == [200, 1, 1]


async def test_child_and_parent_who_decide_at_once_are_both_heard(
    new_citizen: Callable[..., Caller],
    partner: Caller,
    text_id: str,
    connection: Connection,
    authority: Authority,
    clock: Clock,
) -> None:
    for _ in range(5):
        parent, child = new_citizen(ial=2), new_citizen()
        person_id = await child_of(authority, parent, child, years=12, clock=clock)
        note_id = await note(connection, person_id)

        both = await asyncio.gather(
            give(parent, text_id, partner, person_id=str(person_id)),
            give(child, text_id, partner),
        )

        assert [each.status_code for each in both] == [201, 201], [each.text for each in both]
        assert await seen(partner, note_id) == [200, 1, 1]


async def test_whoever_is_overtaken_while_deciding_is_heard_too(
    new_citizen: Callable[..., Caller],
    partner: Caller,
    text_id: str,
    connection: Connection,
    authority: Authority,
    clock: Clock,
) -> None:
    parent, child = new_citizen(ial=2), new_citizen()
    person_id = await child_of(authority, parent, child, years=12, clock=clock)
    note_id = await note(connection, person_id)

    # Only the parent's decision names the parent, and stops here after its line has its number.
    holding: Any = connection
    await holding.execute("begin")
    await holding.execute("select from identity.person where id = $1 for update", parent.person_id)
    by_parent = asyncio.create_task(give(parent, text_id, partner, person_id=str(person_id)))
    await waiting(connection, 1, by_parent)
    by_child = asyncio.create_task(give(child, text_id, partner))
    await waiting(connection, 2, by_child)
    await holding.execute("rollback")
    both = await asyncio.gather(by_parent, by_child)

    assert [each.status_code for each in both] == [201, 201], [each.text for each in both]
    assert await seen(partner, note_id) == [200, 1, 1]


async def waiting(connection: Any, number: int, until: asyncio.Task[Any]) -> None:
    """Come back when so many wait for a lock in this database, or when the task is done."""
    async with asyncio.timeout(60):
        while not until.done() and await connection.fetchval(WAITING) < number:
            await asyncio.sleep(0.01)
            await connection.execute("select pg_stat_clear_snapshot()")


async def test_wards_are_listed_to_those_who_have_proved_who_they_are(
    new_citizen: Callable[..., Caller], authority: Authority, clock: Clock
) -> None:
    parent, weak = new_citizen(ial=2), new_citizen()
    child = await child_of(authority, parent, None, years=3, clock=clock)

    wards = (await parent.get("/v1/account/wards")).json()["items"]

    assert [ward["person_id"] for ward in wards] == [str(child)]
    assert (await weak.get("/v1/account/wards")).status_code == 401
