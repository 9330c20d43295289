"""Reports: found, filed, moved."""

from collections.abc import Sequence
from typing import Final, LiteralString
from uuid import UUID

import msgspec

from backend.kernel import Query, Snapshot, Statement, Transaction
from contracts.files import StoredFile
from modules.feedback.model.machines import ReportState
from modules.feedback.model.reports import Attachment, Filing, Report, Reporter
from modules.feedback.model.senders import Sender
from modules.feedback.model.setup.questions import Answered

ROW: Final[LiteralString] = """
    select report.id, report.code, report.version, report.state, report.state_at,
           report.category_code, report.category_version, report.commune_code,
           report.lat, report.lon, report.accuracy_m, report.address, report.captured_at,
           report.received_at, report.wish, report.claimed_by, report.claimed_until,
           report.asked_from, report.answer_due_at,
           report.cycle, report.reopenings, report.returns,
           report.merged_from, report.merged_work, report.canonical_id,
           report.concerned_agency_id,
           publication.state as publication,
           rating.state as rating,
           assignment.id as assignment_id, assignment.state as assignment,
           assignment.owner_agency_id, assignment.agency_name, assignment.area_code,
           assignment.handler_id, assignment.planned_for,
           assignment.transferred_to, assignment.transferred_until, assignment.result_seq,
           report.expected_files, report.flags
      from feedback.report
      join feedback.publication on publication.report_id = report.id
      left join feedback.rating
        on rating.report_id = report.id and rating.cycle = report.cycle
      left join feedback.assignment
        on assignment.report_id = report.id and assignment.cycle = report.cycle
       and assignment.role = 'lead' and assignment.state not in ('returned', 'cancelled')
"""

FIND: Final = Query(Report, f"{ROW} where report.id = $1")

FIND_BY_CODE: Final = Query(Report, f"{ROW} where report.code = $1")

REPORTER: Final = Query(
    Reporter,
    """
    select report_id, person_id, coalesce(report_id = feedback.shown(), false) as is_shown,
           contact_id, contact_phone, contact_email
      from feedback.reporter
     where report_id = $1
    """,
)


class Kept(msgspec.Struct, frozen=True, kw_only=True):
    """A report that was filed under a key before, and the digest of what was sent then."""

    id: UUID
    body_digest: bytes


FIND_KEPT: Final = Query(
    Kept, "select id, body_digest from feedback.report where origin = $1 and client_key = $2"
)


class Text(msgspec.Struct, frozen=True, kw_only=True):
    """What the reporter wrote."""

    original: str


TEXT: Final = Query(Text, "select original from feedback.report_text where report_id = $1")


class Told(msgspec.Struct, frozen=True, kw_only=True):
    """What the reporter answered at filing."""

    answers: tuple[Answered, ...]


ANSWERS: Final = Query(Told, "select answers from feedback.report_text where report_id = $1")

ATTACHMENTS: Final = Query(
    Attachment,
    """
    select seq, position, role, file_id, sha256, taken_at, taken_lat, taken_lon, dhash,
           looked_at, public_file_id, media_type
      from feedback.attachment
     where report_id = $1
     order by seq, position
     limit 1000
    """,
)


class Found(msgspec.Struct, frozen=True, kw_only=True):
    """Whether there is one."""

    found: bool


# Row policies let an officer find only what they may see; a photo of elsewhere stays a secret.
KNOWN_PHOTO: Final = Query(
    Found,
    """
    select exists (select from feedback.attachment where sha256 = any ($1::text[])) as found
    """,
)

ADD_REPORTER: Final = Statement("""
    insert into feedback.reporter (report_id, person_id, device_mac, address_mac)
    values ($1, $2, $3, $4)
""")

# Touches no row when the code is taken: the caller draws another.
ADD: Final = Statement("""
    insert into feedback.report (
        id, code, origin, client_key, body_digest, state, state_at, category_code,
        category_version, commune_code, commune_on, lat, lon, accuracy_m, address,
        captured_at, received_at, wish, expected_files)
    values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $7, $17, $18)
        on conflict (code) do nothing
""")

ADD_CONTENT: Final = Statement("""
      with words as (
           insert into feedback.report_text (report_id, original, answers) values ($1, $2, $4)
      )
    insert into feedback.publication (report_id, state, state_at) values ($1, 'private', $3)
""")

ATTACH: Final = Statement("""
    insert into feedback.attachment (
        report_id, seq, position, role, file_id, sha256, taken_at, taken_lat, taken_lon,
        media_type)
    select $1, $2, photo.position, $3, photo.file_id, photo.sha256,
           photo.taken_at, photo.taken_lat, photo.taken_lon, photo.media_type
      from unnest(
               $4::uuid[], $5::text[], $6::timestamptz[], $7::double precision[],
               $8::double precision[], $9::text[]) with ordinality
        as photo (file_id, sha256, taken_at, taken_lat, taken_lon, media_type, position)
""")

# Nothing moves but what its mover has seen; of two, the second finds another version.
MOVE: Final = Statement("""
    update feedback.report
       set state = $4,
           state_at = case when state = $4 then state_at else $5 end,
           version = version + 1,
           claimed_by = $6, claimed_until = $7,
           asked_from = $8,
           answer_due_at = case when $4 = 'needs_info' then answer_due_at end,
           decide_by = case when $4 = 'reopen_requested' then decide_by end,
           suspect = suspect and $4 = 'received' and state = 'received',
           merged_from = $9, merged_work = $10, canonical_id = $11,
           cycle = $12, reopenings = $13, returns = $14
     where id = $1 and version = $2 and state = $3
""")


EXPECT_FEWER: Final = Statement("""
    update feedback.report
       set expected_files = expected_files - $2
     where id = $1
""")


async def find(snapshot: Snapshot, report_id: UUID) -> Report | None:
    return await snapshot.maybe(FIND, report_id)


async def find_by_code(snapshot: Snapshot, code: str) -> Report | None:
    return await snapshot.maybe(FIND_BY_CODE, code)


async def reporter(snapshot: Snapshot, report_id: UUID) -> Reporter | None:
    return await snapshot.maybe(REPORTER, report_id)


async def kept(snapshot: Snapshot, origin: str, client_key: bytes) -> Kept | None:
    return await snapshot.maybe(FIND_KEPT, origin, client_key)


async def text(snapshot: Snapshot, report_id: UUID) -> str:
    return (await snapshot.one(TEXT, report_id)).original


async def answers(snapshot: Snapshot, report_id: UUID) -> Sequence[Answered]:
    return (await snapshot.one(ANSWERS, report_id)).answers


async def attachments(snapshot: Snapshot, report_id: UUID) -> Sequence[Attachment]:
    return await snapshot.all(ATTACHMENTS, report_id)


async def expect_fewer(tx: Transaction, report_id: UUID, came: int) -> None:
    await tx.run(EXPECT_FEWER, report_id, came)


async def knows_photo(snapshot: Snapshot, digests: Sequence[str]) -> bool:
    return (await snapshot.one(KNOWN_PHOTO, digests)).found


async def add_reporter(tx: Transaction, report_id: UUID, sender: Sender) -> None:
    marks = sender.device_mac, sender.address_mac
    await tx.run(ADD_REPORTER, report_id, sender.person_id, *marks)


class Draft(msgspec.Struct, frozen=True, kw_only=True):
    """A report that is about to be kept."""

    id: UUID
    sender: Sender
    client_key: bytes
    body_digest: bytes
    filing: Filing
    category_version: int
    commune_code: str
    answers: Sequence[Answered] = ()


async def add(tx: Transaction, draft: Draft, code: str) -> bool:
    """Keep the report under this code. False: the code is taken, and nothing was kept."""
    filing = draft.filing
    point = filing.location
    return bool(
        await tx.run(
            ADD,
            draft.id,
            code,
            draft.sender.origin,
            draft.client_key,
            draft.body_digest,
            ReportState.RECEIVED,
            tx.now,
            filing.category,
            draft.category_version,
            draft.commune_code,
            tx.today,
            None if point is None else point.lat,
            None if point is None else point.lon,
            filing.accuracy_m,
            filing.address,
            filing.captured_at,
            filing.wish,
            filing.expected_files,
        )
    )


async def add_content(
    tx: Transaction, report_id: UUID, original: str, answers: Sequence[Answered]
) -> None:
    await tx.run(ADD_CONTENT, report_id, original, tx.now, answers)


async def attach(
    tx: Transaction, report_id: UUID, seq: int, role: str, photos: Sequence[StoredFile]
) -> None:
    if photos:
        await tx.run(
            ATTACH,
            report_id,
            seq,
            role,
            [photo.id for photo in photos],
            [photo.sha256 for photo in photos],
            [photo.facts.taken_at for photo in photos],
            [photo.facts.lat for photo in photos],
            [photo.facts.lon for photo in photos],
            [photo.media_type for photo in photos],
        )


async def move(tx: Transaction, seen: Report, moved: Report) -> bool:
    """Move the report from where it was seen. False: somebody else has moved it since."""
    return bool(
        await tx.run(
            MOVE,
            seen.id,
            seen.version,
            seen.state,
            moved.state,
            tx.now,
            moved.claimed_by,
            moved.claimed_until,
            moved.asked_from,
            moved.merged_from,
            moved.merged_work,
            moved.canonical_id,
            moved.cycle,
            moved.reopenings,
            moved.returns,
        )
    )
