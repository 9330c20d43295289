"""Where reporters wrote their own names."""

from collections.abc import Collection, Mapping, Sequence
from typing import Final
from uuid import UUID

import msgspec

from backend.kernel import Query, Snapshot, Statement, Transaction
from modules.feedback.model.masks import Edges


class Marks(msgspec.Struct, frozen=True, kw_only=True):
    """What finds a reporter's name again."""

    name_marks: tuple[bytes, ...]


MARKS: Final = Query(Marks, "select name_marks from feedback.reporter where report_id = $1")

KEEP_MARKS: Final = Statement("update feedback.reporter set name_marks = $2 where report_id = $1")

ADD: Final = Statement("""
    insert into feedback.own_word (report_id, about, first, last)
    select $1, word.about, word.first, word.last
      from unnest($2::text[], $3::integer[], $4::integer[]) as word (about, first, last)
        on conflict (report_id, about, first) do nothing
""")


class Standing(msgspec.Struct, frozen=True, kw_only=True):
    """A place where a name stands."""

    about: str
    first: int
    last: int


ALL: Final = Query(
    Standing,
    """
    select about, first, last
      from feedback.own_word
     where report_id = $1
     order by about, first
     limit 2000
    """,
)


async def marks(snapshot: Snapshot, report_id: UUID) -> Collection[bytes]:
    """Return what finds the name again; nothing for whoever may not see the reporter."""
    found = await snapshot.maybe(MARKS, report_id)
    return () if found is None else found.name_marks


async def keep_marks(tx: Transaction, report_id: UUID, marks: Collection[bytes]) -> None:
    await tx.run(KEEP_MARKS, report_id, sorted(marks))


async def add(tx: Transaction, report_id: UUID, standing: Mapping[str, Sequence[Edges]]) -> None:
    rows = [(about, *edges) for about, places in standing.items() for edges in places]
    if rows:
        abouts, firsts, lasts = zip(*rows, strict=True)
        await tx.run(ADD, report_id, list(abouts), list(firsts), list(lasts))


async def standing(snapshot: Snapshot, report_id: UUID) -> Mapping[str, Sequence[Edges]]:
    """Return where the reporter's name stands, by what it stands in."""
    found: dict[str, list[Edges]] = {}
    for each in await snapshot.all(ALL, report_id):
        found.setdefault(each.about, []).append((each.first, each.last))
    return found
