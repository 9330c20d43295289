"""What is forgotten of a report, and what was somebody's."""

from collections.abc import Sequence
from datetime import datetime
from typing import Final
from uuid import UUID

import msgspec

from backend.kernel import Query, Snapshot, Statement, Transaction
from modules.feedback.model.setup.questions import Answered


class Over(msgspec.Struct, frozen=True, kw_only=True):
    """A report that is over, and of which less is to be kept."""

    id: UUID


# One level at a time, so that what waits longest goes first and nothing is passed over.
TO_FORGET: Final = Query(
    Over,
    """
    select id
      from feedback.report
     where state in ('closed', 'withdrawn') and kept = $1 and state_at < $2
     order by state_at, id
     limit 200
       for update skip locked
    """,
)

KEPT: Final = Statement("update feedback.report set kept = $2 where id = $1")

FORGET_MARKS: Final = Statement("""
    update feedback.reporter
       set device_mac = null, address_mac = null
     where report_id = $1
""")

FORGET_REPORTER: Final = Statement("""
    update feedback.reporter
       set person_id = null, device_mac = null, address_mac = null, name_marks = '{}',
           erased_at = $2
     where report_id = $1
""")

FORGET_PLACE: Final = Statement("""
    update feedback.report
       set lat = null, lon = null, accuracy_m = null, address = null, captured_at = null
     where id = $1
""")

FORGET_TEXT: Final = Statement("""
    update feedback.report_text
       set original = '', answers = '[]'
     where report_id = $1
""")

FORGET_NAMES: Final = Statement("delete from feedback.own_word where report_id = $1")

FORGET_WORDS: Final = Statement("delete from feedback.event_salt where report_id = $1")

FORGET_OWN_WORDS: Final = Statement("""
    delete from feedback.event_salt
     using feedback.event
     where event_salt.report_id = $1
       and event.report_id = event_salt.report_id and event.seq = event_salt.seq
       and event.actor = 'citizen'
""")

FORGET_MESSAGES: Final = Statement("""
    delete from feedback.message
     where report_id = $1 and ($2 or side = 'reporter')
""")

FORGET_NOTES: Final = Statement("delete from feedback.note where report_id = $1")


class File(msgspec.Struct, frozen=True, kw_only=True):
    """A photo of a report."""

    file_id: UUID
    public_file_id: UUID | None


FILES: Final = Query(
    File,
    """
    select file_id, public_file_id
      from feedback.attachment
     where report_id = $1 and ($2 or role = 'reported')
     order by seq, position
     limit 100
    """,
)

_ALL: Final = True

FORGET_FILES: Final = Statement("""
    delete from feedback.attachment
     where report_id = $1 and ($2 or role = 'reported')
""")


async def to_forget(tx: Transaction, kept: int, before: datetime) -> Sequence[UUID]:
    """Return reports of which so much is kept that were over before then, at most 200."""
    return [over.id for over in await tx.all(TO_FORGET, kept, before)]


async def keep(tx: Transaction, report_id: UUID, kept: int) -> None:
    await tx.run(KEPT, report_id, kept)


async def forget_marks(tx: Transaction, report_id: UUID) -> None:
    await tx.run(FORGET_MARKS, report_id)


async def forget_reporter(tx: Transaction, report_id: UUID) -> None:
    await tx.run(FORGET_REPORTER, report_id, tx.now)


async def forget_words(tx: Transaction, report_id: UUID, *, own_only: bool) -> None:
    """Forget what was said: everything, or what the reporter said and where they stood."""
    await tx.run(FORGET_TEXT, report_id)
    await tx.run(FORGET_NAMES, report_id)
    await tx.run(FORGET_PLACE, report_id)
    await tx.run(FORGET_OWN_WORDS if own_only else FORGET_WORDS, report_id)
    await tx.run(FORGET_MESSAGES, report_id, not own_only)
    if not own_only:
        await tx.run(FORGET_NOTES, report_id)


async def files(snapshot: Snapshot, report_id: UUID) -> Sequence[UUID]:
    """Return the photos of a report, those of its results too."""
    return [file.file_id for file in await snapshot.all(FILES, report_id, _ALL)]


async def forget_files(tx: Transaction, report_id: UUID, *, own_only: bool) -> Sequence[UUID]:
    """Let go of the photos, and return which files nobody needs any more."""
    files = await tx.all(FILES, report_id, not own_only)
    await tx.run(FORGET_FILES, report_id, not own_only)
    shown = [file.public_file_id for file in files if file.public_file_id is not None]
    return [*(file.file_id for file in files), *shown]


class Owned(msgspec.Struct, frozen=True, kw_only=True):
    """A report of a person, in words that the person can read."""

    id: UUID
    code: str
    version: int
    state: str
    category_code: str
    commune_code: str
    received_at: datetime
    address: str | None
    lat: float | None
    lon: float | None
    text: str
    answers: tuple[Answered, ...]


OWNED: Final = Query(
    Owned,
    """
    select report.id, report.code, report.version, report.state, report.category_code,
           report.commune_code, report.received_at, report.address, report.lat, report.lon,
           report_text.original as text, report_text.answers
      from feedback.reporter
      join feedback.report on report.id = reporter.report_id
      join feedback.report_text on report_text.report_id = report.id
     where reporter.person_id = $1
     order by report.id
     limit 10000
    """,
)


class Photo(msgspec.Struct, frozen=True, kw_only=True):
    """A photo or a video that a person has sent, and what the camera said of it."""

    code: str
    file_id: UUID
    media_type: str
    taken_at: datetime | None
    taken_lat: float | None
    taken_lon: float | None
    number: int


PHOTOS: Final = Query(
    Photo,
    """
    select report.code, attachment.file_id, attachment.media_type, attachment.taken_at,
           attachment.taken_lat, attachment.taken_lon,
           row_number() over (
               partition by report.id
                   order by attachment.seq, attachment.position) as number
      from feedback.reporter
      join feedback.report on report.id = reporter.report_id
      join feedback.attachment
        on attachment.report_id = report.id and attachment.role = 'reported'
     where reporter.person_id = $1
     order by report.id, number
     limit 10000
    """,
)


class Opinion(msgspec.Struct, frozen=True, kw_only=True):
    """What a person thought of how it went."""

    code: str
    cycle: int
    value: int
    reasons: Sequence[str]
    given_at: datetime


OPINIONS: Final = Query(
    Opinion,
    """
    select report.code, rating.cycle, rating.value, rating.reasons, rating.given_at
      from feedback.reporter
      join feedback.report on report.id = reporter.report_id
      join feedback.rating on rating.report_id = report.id
     where reporter.person_id = $1 and rating.value is not null
     order by report.id, rating.cycle
     limit 10000
    """,
)


class Word(msgspec.Struct, frozen=True, kw_only=True):
    """Something that a person said about a report."""

    code: str
    at: datetime
    text: str


WORDS: Final = Query(
    Word,
    """
    select report.code, message.at, message.text
      from feedback.reporter
      join feedback.report on report.id = reporter.report_id
      join feedback.message on message.report_id = report.id and message.side = 'reporter'
     where reporter.person_id = $1
     union all
    select report.code, event.at, event_salt.text
      from feedback.reporter
      join feedback.report on report.id = reporter.report_id
      join feedback.event on event.report_id = report.id and event.actor = 'citizen'
      join feedback.event_salt
        on event_salt.report_id = event.report_id and event_salt.seq = event.seq
     where reporter.person_id = $1 and event_salt.text is not null
     order by 2, 1
     limit 10000
    """,
)


class Objected(msgspec.Struct, frozen=True, kw_only=True):
    """What a person objected to."""

    code: str
    text: str
    at: datetime


OBJECTED: Final = Query(
    Objected,
    """
    select report.code, objection.text, objection.at
      from feedback.objection
      join feedback.report on report.id = objection.report_id
     where objection.person_id = $1
     order by objection.at, report.code
     limit 10000
    """,
)


class Followed(msgspec.Struct, frozen=True, kw_only=True):
    """A report that a person follows."""

    code: str
    since: datetime


FOLLOWED: Final = Query(
    Followed,
    """
    select report.code, follower.since
      from feedback.follower
      join feedback.report on report.id = follower.report_id
     where follower.person_id = $1
     order by follower.since, report.code
     limit 10000
    """,
)


class Area(msgspec.Struct, frozen=True, kw_only=True):
    """An area of which a person wants to hear."""

    commune_code: str | None
    lat: float | None
    lon: float | None
    radius_m: int | None
    created_at: datetime


AREAS: Final = Query(
    Area,
    """
    select commune_code, lat, lon, radius_m, created_at
      from feedback.subscription
     where person_id = $1
     order by id
     limit 1000
    """,
)

UNFOLLOW: Final = Statement("delete from feedback.follower where person_id = $1")
WITHDRAW_OBJECTIONS: Final = Statement("delete from feedback.objection where person_id = $1")
UNSUBSCRIBE: Final = Statement("delete from feedback.subscription where person_id = $1")

MERGE_REPORTS: Final = Statement("update feedback.reporter set person_id = $2 where person_id = $1")
MERGE_FOLLOWED: Final = Statement("""
    insert into feedback.follower (report_id, person_id, via, since)
    select report_id, $2, via, since
      from feedback.follower
     where person_id = $1
        on conflict (report_id, person_id) do nothing
""")
MERGE_OBJECTIONS: Final = Statement("""
    insert into feedback.objection (report_id, cycle, person_id, text, at)
    select report_id, cycle, $2, text, at
      from feedback.objection
     where person_id = $1
        on conflict (report_id, cycle, person_id) do nothing
""")
MERGE_AREAS: Final = Statement(
    "update feedback.subscription set person_id = $2 where person_id = $1"
)


async def owned(snapshot: Snapshot, person_id: UUID) -> Sequence[Owned]:
    return await snapshot.all(OWNED, person_id)


async def photos(snapshot: Snapshot, person_id: UUID) -> Sequence[Photo]:
    return await snapshot.all(PHOTOS, person_id)


async def opinions(snapshot: Snapshot, person_id: UUID) -> Sequence[Opinion]:
    return await snapshot.all(OPINIONS, person_id)


async def words(snapshot: Snapshot, person_id: UUID) -> Sequence[Word]:
    return await snapshot.all(WORDS, person_id)


async def objected(snapshot: Snapshot, person_id: UUID) -> Sequence[Objected]:
    return await snapshot.all(OBJECTED, person_id)


async def followed(snapshot: Snapshot, person_id: UUID) -> Sequence[Followed]:
    return await snapshot.all(FOLLOWED, person_id)


async def areas(snapshot: Snapshot, person_id: UUID) -> Sequence[Area]:
    return await snapshot.all(AREAS, person_id)


async def unfollow(tx: Transaction, person_id: UUID) -> None:
    await tx.run(UNFOLLOW, person_id)
    await tx.run(UNSUBSCRIBE, person_id)
    await tx.run(WITHDRAW_OBJECTIONS, person_id)


async def merge(tx: Transaction, old_id: UUID, new_id: UUID) -> None:
    await tx.run(MERGE_REPORTS, old_id, new_id)
    await tx.run(MERGE_FOLLOWED, old_id, new_id)
    await tx.run(MERGE_OBJECTIONS, old_id, new_id)
    await tx.run(UNFOLLOW, old_id)
    await tx.run(WITHDRAW_OBJECTIONS, old_id)
    await tx.run(MERGE_AREAS, old_id, new_id)
