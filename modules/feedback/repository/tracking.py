"""Which token opens which report, and the report that was opened in this transaction."""

from typing import Final
from uuid import UUID

import msgspec

from backend.kernel import Query, Snapshot, Statement, Transaction


class Tracked(msgspec.Struct, frozen=True, kw_only=True):
    """A report that a token opens, and the version of the token that does."""

    code: str
    report_id: UUID
    version: int | None
    """None: no token opens it any more."""


FIND: Final = Query(
    Tracked, "select code, report_id, version from feedback.tracking where code = $1"
)

OF_REPORT: Final = Query(
    Tracked, "select code, report_id, version from feedback.tracking where report_id = $1"
)

FILED_UNDER: Final = Query(
    Tracked, "select code, report_id, version from feedback.tracking where client_key = $1"
)

ADD: Final = Statement("""
    insert into feedback.tracking (code, report_id, version, client_key)
    values ($1, $2, 1, $3)
""")

RENEW: Final = Query(
    Tracked,
    """
    insert into feedback.tracking as tracking (code, report_id, version)
    values ($1, $2, 1)
        on conflict (report_id) do update
       set version = coalesce(tracking.version, 1) + 1
    returning code, report_id, version
    """,
)

# The row stays, so that a filing sent again is still found to be this report.
FORGET: Final = Statement("""
    update feedback.tracking
       set version = null
     where report_id = $1
""")


class Shown(msgspec.Struct, frozen=True, kw_only=True):
    """What the policies read as `feedback.shown()`."""

    report_id: str


SHOW: Final = Query(Shown, "select set_config('tinhs.report_id', $1, true) as report_id")

OWN: Final = Statement("""
    update feedback.reporter
       set person_id = $2
     where report_id = $1 and person_id is null
""")


async def find(snapshot: Snapshot, code: str) -> Tracked | None:
    return await snapshot.maybe(FIND, code)


async def of_report(snapshot: Snapshot, report_id: UUID) -> Tracked | None:
    return await snapshot.maybe(OF_REPORT, report_id)


async def filed_under(snapshot: Snapshot, client_key: bytes) -> Tracked | None:
    return await snapshot.maybe(FILED_UNDER, client_key)


async def add(tx: Transaction, code: str, report_id: UUID, client_key: bytes) -> None:
    await tx.run(ADD, code, report_id, client_key)


async def renew(tx: Transaction, code: str, report_id: UUID) -> Tracked:
    """Make the token that opens a report another one; the first, if there was none."""
    return await tx.one(RENEW, code, report_id)


async def forget(tx: Transaction, report_id: UUID) -> None:
    """Let no token open a report any more."""
    await tx.run(FORGET, report_id)


async def show(snapshot: Snapshot, report_id: UUID) -> None:
    """Let the rest of this transaction see the report as its reporter does."""
    await snapshot.one(SHOW, str(report_id))


async def own(tx: Transaction, report_id: UUID, person_id: UUID) -> bool:
    """Make a report that was nobody's a person's. False: it is somebody's already."""
    return bool(await tx.run(OWN, report_id, person_id))
