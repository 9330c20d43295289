"""Page by page one reads the whole list, whatever is written meanwhile."""

from datetime import datetime, timedelta
from random import Random
from uuid import UUID

import msgspec
import pytest

from backend.kernel import BadRequest, Paged, Principal, Scope, Statement, Transaction, owner
from backend.kernel.database import Connection
from contracts.page import Page


class Note(msgspec.Struct, frozen=True, kw_only=True):
    """A row of the list."""

    id: UUID
    person_id: UUID
    written_at: datetime


MINE = Scope(name="notes:read", rule=owner("person_id"))
ME, YOU = UUID(int=1), UUID(int=2)
COLUMNS = "id, person_id, written_at"

OLDEST_FIRST = Paged(
    Note,
    f"select {COLUMNS} from pg_temp.note where {{after}} order by written_at, id limit {{limit}}",
    by=("written_at", "id"),
)
LATEST_FIRST = Paged(
    Note,
    f"""
    select {COLUMNS}
      from pg_temp.note
     where written_at >= $1
       and {{visible}}
       and {{after}}
     order by note.written_at desc, note.id desc
     limit {{limit}}
    """,
    by=("note.written_at", "note.id"),
    descending="desc",
    visible=MINE,
)
WRITE = Statement(f"insert into pg_temp.note ({COLUMNS}) values ($1, $2, $3)")


@pytest.fixture(autouse=True)
async def notes(tx: Transaction, connection: Connection) -> None:
    """Sixty notes of two people, many of one moment."""
    await connection.execute(
        """
        create temporary table note
            (id uuid primary key, person_id uuid, written_at timestamptz) on commit drop
        """
    )
    for number in range(60):
        await write(tx, ME if number % 3 else YOU, minutes=number // 7)


async def write(tx: Transaction, person_id: UUID, *, minutes: float) -> None:
    await tx.run(WRITE, tx.new_id(), person_id, tx.now + timedelta(minutes=minutes))


def as_person(tx: Transaction, person_id: UUID) -> Transaction:
    principal = Principal(kind="citizen", person_id=person_id)
    return Transaction(tx._connection, tx._house, tx.now, principal)


async def whole(tx: Transaction) -> list[Note]:
    page = await tx.page(OLDEST_FIRST, None, 1000)
    assert page.next_cursor is None
    return list(page.items)


@pytest.mark.parametrize("limit", [1, 7, 20, 59, 60, 61])
async def test_all_pages_together_are_the_list(tx: Transaction, limit: int) -> None:
    read: list[Note] = []
    page = await tx.page(OLDEST_FIRST, None, limit)
    read += page.items
    while page.next_cursor is not None:
        page = await tx.page(OLDEST_FIRST, page.next_cursor, limit)
        assert 0 < len(page.items) <= limit
        read += page.items

    assert read == await whole(tx)


async def test_whatever_is_written_meanwhile_nothing_is_missed_or_shown_twice(
    tx: Transaction,
) -> None:
    chance = Random(3)  # noqa: S311 - the same course at every run
    before = await whole(tx)
    read: list[Note] = []
    page = Page[Note](items=[], next_cursor=None)
    while True:
        page = await tx.page(OLDEST_FIRST, page.next_cursor, 5)
        read += page.items
        if page.next_cursor is None:
            break
        await write(tx, ME, minutes=chance.uniform(0, 8))

    ids = [note.id for note in read]
    assert len(ids) == len(set(ids))
    assert [note for note in read if note in before] == before
    assert read == sorted(read, key=lambda note: (note.written_at, note.id))


async def test_a_list_shows_what_its_rule_lets_the_caller_see_latest_first(
    tx: Transaction,
) -> None:
    me = as_person(tx, ME)
    since = tx.now + timedelta(minutes=2)
    read: list[Note] = []
    page = await me.page(LATEST_FIRST, None, 4, since)
    read += page.items
    while page.next_cursor is not None:
        page = await me.page(LATEST_FIRST, page.next_cursor, 4, since)
        read += page.items

    mine = [n for n in await whole(tx) if n.person_id == ME and n.written_at >= since]
    assert read == mine[::-1]


async def test_a_cursor_is_of_no_use_to_another_caller_or_with_other_filters(
    tx: Transaction,
) -> None:
    page = await as_person(tx, ME).page(LATEST_FIRST, None, 4, tx.now)

    with pytest.raises(BadRequest):
        await as_person(tx, YOU).page(LATEST_FIRST, page.next_cursor, 4, tx.now)
    with pytest.raises(BadRequest):
        await as_person(tx, ME).page(
            LATEST_FIRST, page.next_cursor, 4, tx.now + timedelta(minutes=1)
        )


class Word(msgspec.Struct, frozen=True, kw_only=True):
    """A row that is in memory."""

    text: str


@pytest.mark.parametrize("limit", [1, 3, 9, 10, 11])
async def test_what_is_in_memory_is_paged_the_same_way(tx: Transaction, limit: int) -> None:
    words = [Word(text=letter) for letter in "abcdefghij"]
    read: list[Word] = []
    page = tx.page_of(words, None, limit, "all", by="text")
    read += page.items
    while page.next_cursor is not None:
        page = tx.page_of(words, page.next_cursor, limit, "all", by="text")
        read += page.items

    assert read == words


async def test_a_word_that_goes_leaves_its_cursor_in_place(tx: Transaction) -> None:
    words = [Word(text=letter) for letter in "abcdef"]
    page = tx.page_of(words, None, 3, by="text")

    rest = tx.page_of([*words[:2], *words[3:]], page.next_cursor, 10, by="text")

    assert [word.text for word in rest.items] == ["d", "e", "f"]
    with pytest.raises(BadRequest):
        tx.page_of(words, page.next_cursor, 3, "other filters", by="text")
