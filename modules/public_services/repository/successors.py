"""Procedures that were abolished, and those in which they live on."""

from collections.abc import Sequence
from datetime import date

import msgspec

from backend.kernel import Query, Snapshot, Transaction
from modules.public_services.model.successors import KeptSuccessors
from modules.public_services.model.views import Successor


class Follower(Successor, frozen=True, kw_only=True):
    """A procedure in which one of several lives on."""

    ended: str


# A successor may have been abolished, too: the way is followed to what is in force. Procedures that
# name each other in a circle are left after eight steps.
FOLLOWERS = Query(
    Follower,
    """
    with recursive later (ended, code, steps) as (
        select procedure.code, successor, 1
          from public_services.procedure
         cross join unnest(procedure.successors) as successor
         where procedure.code = any($1::text[]) and procedure.abolished_on <= $2::date
         union
        select later.ended, successor, later.steps + 1
          from later
          join public_services.procedure
            on procedure.code = later.code and procedure.abolished_on <= $2::date
         cross join unnest(procedure.successors) as successor
         where later.steps < 8
    )
    select distinct later.code, version.title, later.ended
      from later
      join public_services.procedure on procedure.code = later.code
      join public_services.procedure_version as version
        on version.procedure_no = procedure.no
       and daterange(version.valid_from, version.valid_to) @> $2::date
     order by later.ended, later.code
     limit 10000
    """,
)

FIND = Query(
    KeptSuccessors,
    """
    select successors as codes, successors_version as version
      from public_services.procedure
     where no = $1
    """,
)

PUT = Query(
    KeptSuccessors,
    """
    update public_services.procedure
       set successors = $2, successors_version = successors_version + 1
     where no = $1 and successors_version = $3
    returning successors as codes, successors_version as version
    """,
)


class Coded(msgspec.Struct, frozen=True, kw_only=True):
    """A code that the catalogue has."""

    code: str


KNOWN = Query(
    Coded,
    "select code from public_services.procedure where code = any($1::text[]) limit 1000",
)


async def of(snapshot: Snapshot, codes: Sequence[str], day: date) -> dict[str, list[Successor]]:
    """Return where each of these goes on that had ended by a day; one that lives is not in it."""
    found: dict[str, list[Successor]] = {}
    for each in await snapshot.all(FOLLOWERS, codes, day) if codes else ():
        after = Successor(code=each.code, title=each.title)
        found.setdefault(each.ended, []).append(after)
    return found


async def find(snapshot: Snapshot, procedure_no: int) -> KeptSuccessors | None:
    return await snapshot.maybe(FIND, procedure_no)


async def put(
    tx: Transaction, procedure_no: int, codes: Sequence[str], seen: int
) -> KeptSuccessors | None:
    """Keep the successors unless somebody else changed them meanwhile."""
    return await tx.maybe(PUT, procedure_no, codes, seen)


async def known(snapshot: Snapshot, codes: Sequence[str]) -> set[str]:
    """Return those of the codes that the catalogue has, in force or not."""
    return {each.code for each in await snapshot.all(KNOWN, codes)}
