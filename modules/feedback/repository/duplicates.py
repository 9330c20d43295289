"""Reports that may be, or were found to be, about the same."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Final
from uuid import UUID

import msgspec

from backend.kernel import Query, Snapshot, Statement, Transaction
from modules.feedback.model.duplicates import RADIUS_M
from modules.feedback.model.machines import AssignmentState, ReportState
from modules.feedback.model.places import Point, mercator, stretch
from modules.feedback.scopes import TRIAGE


class Near(msgspec.Struct, frozen=True, kw_only=True):
    """A report close to a place; `far` in metres of Web Mercator."""

    id: UUID
    code: str
    category_code: str
    category_version: int
    state: ReportState
    received_at: datetime
    text: str
    file_id: UUID | None
    dhashes: Sequence[int]
    far: float


NEAR: Final = Query(
    Near,
    """
    select report.id, report.code, report.category_code, report.category_version,
           report.state, report.received_at, report_text.original as text,
           (select attachment.file_id
              from feedback.attachment
             where attachment.report_id = report.id and attachment.role = 'reported'
             order by attachment.seq, attachment.position
             limit 1) as file_id,
           array(
               select attachment.dhash
                 from feedback.attachment
                where attachment.report_id = report.id and attachment.dhash is not null
                order by attachment.seq, attachment.position) as dhashes,
           report.xy <-> $1::point as far
      from feedback.report
      join feedback.report_text on report_text.report_id = report.id
     where {visible}
       and report.xy <@ circle($1::point, $2::double precision)
       and report.category_code = any ($3::text[])
       and report.received_at >= $4
       and report.state in ('received', 'in_review', 'needs_info', 'with_agency',
                            'awaiting_approval', 'reopen_requested', 'resolved')
       and (report.state <> 'resolved' or report.state_at >= $5)
       and report.id <> $6
     order by report.xy <-> $1::point
     limit 50
    """,
    visible=TRIAGE,
)

PUBLIC_NEAR: Final = Query(
    Near,
    """
    select report_id as id, code, category_code, category_version, state,
           filed_at as received_at, body as text, photos[1] as file_id, dhashes,
           xy <-> $1::point as far
      from feedback.public_report
     where xy <@ circle($1::point, $2::double precision)
       and category_code = any ($3::text[])
       and filed_at >= $4
       and state in ('received', 'in_review', 'needs_info', 'with_agency', 'awaiting_approval',
                     'reopen_requested', 'resolved')
       and (state <> 'resolved' or state_at >= $5)
     order by xy <-> $1::point
     limit 50
    """,
)


class Window(msgspec.Struct, frozen=True, kw_only=True):
    """Where and since when something may be about the same."""

    point: Point
    categories: Sequence[str]
    since: datetime
    resolved_since: datetime

    @property
    def values(self) -> tuple[object, ...]:
        """The parameters of both queries."""
        far = RADIUS_M / stretch(self.point)
        around = mercator(self.point)
        return around, far, list(self.categories), self.since, self.resolved_since


ADD: Final = Statement("""
    insert into feedback.merge (id, child_id, canonical_id, score, snapshot, merged_at)
    values ($1, $2, $3, $4, $5, $6)
""")

REPOINT: Final = Statement("update feedback.report set canonical_id = $2 where canonical_id = $1")

RESTORE_CHILDREN: Final = Statement("""
    update feedback.report
       set canonical_id = $2
     where id = any ($3::uuid[]) and canonical_id = $1
""")

RESTORE_MOMENT: Final = Statement("update feedback.report set state_at = $2 where id = $1")

RESTORE_WORK: Final = Statement("""
    update feedback.assignment
       set state = $2, state_at = $3
     where id = $1
""")


class Work(msgspec.Struct, frozen=True, kw_only=True):
    """An assignment that stops when its report turns out to be another."""

    id: UUID
    state: AssignmentState
    state_at: datetime


LIVE_WORK: Final = Query(
    Work,
    """
    select id, state, state_at
      from feedback.assignment
     where report_id = $1 and state in ('offered', 'accepted', 'working')
     order by id
     limit 20
    """,
)


class Child(msgspec.Struct, frozen=True, kw_only=True):
    """A report that was merged into this one before."""

    id: UUID


CHILDREN: Final = Query(
    Child, "select id from feedback.report where canonical_id = $1 order by id limit 1000"
)


class Merged(msgspec.Struct, frozen=True, kw_only=True):
    """A merge that is in force."""

    id: UUID
    canonical_id: UUID
    snapshot: Mapping[str, Sequence[Mapping[str, str]]]


IN_FORCE: Final = Query(
    Merged,
    """
    select id, canonical_id, snapshot
      from feedback.merge
     where child_id = $1 and undone_at is null
    """,
)

UNDO: Final = Statement("update feedback.merge set undone_at = $2 where id = $1")


# Whoever follows the child, and whoever reported it, follows the canonical too.
JOIN_FOLLOWERS: Final = Statement("""
    insert into feedback.follower (report_id, person_id, via, since)
    select $2, person_id, 'merge', $3
      from (select person_id from feedback.follower where report_id = $1
             union
            select person_id from feedback.reporter
             where report_id = $1 and person_id is not null) as concerned
        on conflict (report_id, person_id) do nothing
""")

# Only those who came by a merge, and by none that is still in force.
PART_FOLLOWERS: Final = Statement("""
    delete from feedback.follower
     where follower.report_id = $2 and follower.via = 'merge'
       and follower.person_id not in (
               select concerned.person_id
                 from feedback.report as child
                 join (select report_id, person_id from feedback.follower
                        union
                       select report_id, person_id from feedback.reporter
                        where person_id is not null) as concerned
                   on concerned.report_id = child.id
                where child.canonical_id = $2 and child.id <> $1)
""")


class Picture(msgspec.Struct, frozen=True, kw_only=True):
    """A photo that has no fingerprint yet."""

    file_id: UUID


WITHOUT_FINGERPRINT: Final = Query(
    Picture,
    """
    select file_id
      from feedback.attachment
     where report_id = $1 and dhash is null
     order by seq, position
     limit 20
    """,
)

FINGERPRINT: Final = Statement("update feedback.attachment set dhash = $2 where file_id = $1")


async def near(snapshot: Snapshot, window: Window, report_id: UUID) -> Sequence[Near]:
    return await snapshot.all(NEAR, *window.values, report_id)


async def public_near(snapshot: Snapshot, window: Window) -> Sequence[Near]:
    return await snapshot.all(PUBLIC_NEAR, *window.values)


async def live_work(snapshot: Snapshot, report_id: UUID) -> Sequence[Work]:
    return await snapshot.all(LIVE_WORK, report_id)


async def children(snapshot: Snapshot, report_id: UUID) -> Sequence[UUID]:
    return [child.id for child in await snapshot.all(CHILDREN, report_id)]


async def add(
    tx: Transaction, child_id: UUID, canonical_id: UUID, score: float | None, snapshot: object
) -> None:
    await tx.run(ADD, tx.new_id(), child_id, canonical_id, score, snapshot, tx.now)


async def repoint(tx: Transaction, before: UUID, canonical_id: UUID) -> None:
    """Let everything that was merged into one report be merged into another."""
    await tx.run(REPOINT, before, canonical_id)


async def in_force(snapshot: Snapshot, child_id: UUID) -> Merged | None:
    return await snapshot.maybe(IN_FORCE, child_id)


async def undo(tx: Transaction, merged: Merged, child_id: UUID) -> None:
    """Give everything back that the merge took, also since when it stood as it stands again."""
    await tx.run(UNDO, merged.id, tx.now)
    children = [UUID(child["id"]) for child in merged.snapshot["children"]]
    await tx.run(RESTORE_CHILDREN, merged.canonical_id, child_id, children)
    # Merges of before this was kept have neither moment.
    for report in merged.snapshot.get("report", ()):
        await tx.run(RESTORE_MOMENT, child_id, datetime.fromisoformat(report["state_at"]))
    for work in merged.snapshot["work"]:
        since = work.get("state_at")
        at = tx.now if since is None else datetime.fromisoformat(since)
        await tx.run(RESTORE_WORK, UUID(work["id"]), work["state"], at)


async def join_followers(tx: Transaction, child_id: UUID, canonical_id: UUID) -> None:
    await tx.run(JOIN_FOLLOWERS, child_id, canonical_id, tx.now)


async def part_followers(tx: Transaction, child_id: UUID, canonical_id: UUID) -> None:
    await tx.run(PART_FOLLOWERS, child_id, canonical_id)


async def without_fingerprint(tx: Transaction, report_id: UUID) -> Sequence[UUID]:
    return [picture.file_id for picture in await tx.all(WITHOUT_FINGERPRINT, report_id)]


async def fingerprint(tx: Transaction, file_id: UUID, dhash: int) -> None:
    await tx.run(FINGERPRINT, file_id, dhash)
