"""Writing a class's records, standing by the marks, and having them signed."""

from typing import Annotated, Any, Final, Literal
from uuid import UUID

import msgspec
from litestar import Request, get, post, put
from litestar.params import FromPath, JSONBody, PathParameter, QueryParameter
from msgspec import Meta

from backend.kernel import Injected, NotFound, Snapshot, Transaction, refuses, requires
from backend.kernel.brought import NDJSON, brought, takes_file
from contracts.documents import Standing, Text
from contracts.issuance import Run
from contracts.page import Page
from modules.transcripts.errors import (
    AnotherYear,
    LinesRefused,
    NoSuchSubject,
    NotToBeIssued,
    PupilTwice,
    RecordRefused,
)
from modules.transcripts.model.content import AnyYear, SchoolYear, SubjectCode
from modules.transcripts.model.kind import SchoolRecord
from modules.transcripts.repository.records import Entry
from modules.transcripts.scopes import CONFIRM, ENTER, ISSUE, READ
from modules.transcripts.service import importing, records, whole, years
from modules.transcripts.service.importing import Brought
from modules.transcripts.service.records import Sheet
from modules.transcripts.service.whole import Leaving
from modules.transcripts.service.years import Progress, Row, Wish, Written

FILE_BYTES_MAX: Final = 50 * 1024 * 1024


class Confirmed(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The subjects by which a teacher stands."""

    subjects: Annotated[tuple[SubjectCode, ...], Meta(min_length=1, max_length=30)]


class Signers(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The persons of this installation who are to sign, the teacher first."""

    homeroom_teacher_id: UUID
    principal_id: UUID


class Departing(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Why a pupil leaves; `to_school` is needed for a transfer, a reason for issuing it again."""

    reason: Literal["TRANSFER", "GRADUATION"]
    to_school: Text | None = None
    amended_because: Text | None = None


ClassName = Annotated[str, Meta(min_length=1, max_length=100)]


class ClassRecords(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Records of one school year, such as a class's: as many as fit into 256 KiB."""

    school_year: SchoolYear
    rows: Annotated[tuple[Row, ...], Meta(min_length=1, max_length=100)]


class WrittenRecords(msgspec.Struct, frozen=True, kw_only=True):
    """What became of each row, in their order."""

    rows: tuple[Written, ...]


class ClassConfirmed(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The subjects of a whole class by which a teacher stands."""

    school_year: SchoolYear
    class_name: ClassName
    subjects: Annotated[tuple[SubjectCode, ...], Meta(min_length=1, max_length=30)]


class ClassStoodBy(msgspec.Struct, frozen=True, kw_only=True):
    """Of how many records."""

    records: int


class RunWish(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Whose records are to be signed: of a class, or of the whole school; and by whom.

    `homeroom_teacher_ids` names the person who signs for each class.
    """

    school_year: SchoolYear
    class_name: ClassName | None = None
    principal_id: UUID
    homeroom_teacher_ids: Annotated[dict[str, UUID], Meta(min_length=1, max_length=200)]


@put(
    "/records/{pupil_id:uuid}/{school_year:str}",
    guards=[requires(ENTER)],
    responses=refuses(AnotherYear),
)
async def write_record(
    pupil_id: FromPath[UUID],
    school_year: Annotated[str, PathParameter(pattern=r"^20[0-9]{2}-20[0-9]{2}$")],
    data: JSONBody[AnyYear],
    tx: Injected[Transaction],
) -> Sheet:
    """Write a pupil's year. The answer names everything that keeps it from being signed."""
    return await records.write(tx, pupil_id, school_year, data)


@get("/records", guards=[requires(READ)])
async def list_records(
    snapshot: Injected[Snapshot],
    school_year: Annotated[str | None, QueryParameter(max_length=9)] = None,
    class_name: Annotated[str | None, QueryParameter(max_length=100)] = None,
    cursor: Annotated[str | None, QueryParameter(max_length=400)] = None,
    limit: Annotated[int, QueryParameter(ge=1, le=100)] = 50,
) -> Page[Entry]:
    """List the records of your school, or of one class. What stands in them is read one by one."""
    return await records.listed(snapshot, school_year, class_name, cursor, limit)


@get("/records/{record_id:uuid}", guards=[requires(READ)], responses=refuses(NotFound))
async def read_record(record_id: FromPath[UUID], tx: Injected[Transaction]) -> Sheet:
    """Read a record of your school. The pupil sees that you did."""
    return await records.read(tx, record_id)


@post(
    "/records/{record_id:uuid}/confirmations",
    guards=[requires(CONFIRM)],
    responses=refuses(NotFound, NoSuchSubject),
)
async def confirm_subjects(
    record_id: FromPath[UUID], data: JSONBody[Confirmed], tx: Injected[Transaction]
) -> Sheet:
    """Stand by what a record says of your subjects. What is changed later asks for you again."""
    return await records.confirm(tx, record_id, data.subjects)


@post(
    "/records/{record_id:uuid}/issue",
    guards=[requires(ISSUE)],
    responses=refuses(NotFound, RecordRefused, NotToBeIssued),
)
async def issue_record(
    record_id: FromPath[UUID], data: JSONBody[Signers], tx: Injected[Transaction]
) -> Standing:
    """Ask homeroom teacher and principal to sign. Of an issued record, issue an amendment."""
    signers = {
        SchoolRecord.HOMEROOM: data.homeroom_teacher_id,
        SchoolRecord.PRINCIPAL: data.principal_id,
    }
    return await records.issue(tx, record_id, signers)


@post(
    "/pupils/{pupil_id:uuid}/full",
    guards=[requires(ISSUE)],
    responses=refuses(NotFound, RecordRefused, NotToBeIssued),
)
async def issue_whole(
    pupil_id: FromPath[UUID], data: JSONBody[Departing], tx: Injected[Transaction]
) -> Standing:
    """Have the school seal all years that it has issued of a pupil who leaves.

    Every year has its own signatures already, so nobody is asked to sign.
    """
    leaving = Leaving(
        reason=data.reason, to_school=data.to_school, amended_because=data.amended_because
    )
    return await whole.issue(tx, pupil_id, leaving)


@post("/records", guards=[requires(ENTER)], responses=refuses(AnotherYear, PupilTwice))
async def write_class(data: JSONBody[ClassRecords], tx: Injected[Transaction]) -> WrittenRecords:
    """Write many records at once, all of them or none; the same again writes nothing new.

    The answer names, for each row, everything that keeps it from being signed.
    """
    return WrittenRecords(rows=tuple(await years.write(tx, data.school_year, data.rows)))


@post(
    "/imports",
    guards=[requires(ENTER)],
    operation_class=takes_file(NDJSON, FILE_BYTES_MAX),
    request_max_body_size=FILE_BYTES_MAX,
    responses=refuses(LinesRefused),
)
async def import_records(
    request: Request[Any, Any, Any],
    tx: Injected[Transaction],
    school_year: Annotated[str, QueryParameter(pattern=r"^20[0-9]{2}-20[0-9]{2}$")],
) -> Brought:
    """Bring a school's year as a file: on each line a pupil and their record, up to 50 MiB.

    All lines are written or none; the same again writes nothing new. What can never be written is
    refused by its line; what cannot be signed yet is written, and named by its line.
    """
    async with brought(request) as file:
        return await importing.bring(tx, school_year, file)


@post(
    "/confirmations",
    guards=[requires(CONFIRM)],
    responses=refuses(NotFound, NoSuchSubject),
)
async def confirm_class(data: JSONBody[ClassConfirmed], tx: Injected[Transaction]) -> ClassStoodBy:
    """Stand by what the records of a class say of your subjects now."""
    count = await years.confirm(tx, data.school_year, data.class_name, data.subjects)
    return ClassStoodBy(records=count)


@post("/runs", guards=[requires(ISSUE)], responses=refuses(NotFound))
async def issue_year(data: JSONBody[RunWish], tx: Injected[Transaction]) -> Run:
    """Ask teachers and principal to sign all records of a school year that wait for it.

    All are looked at first: when one cannot be signed, none is asked to be. A record that waits
    already, or is signed, is passed over, so an interrupted year is simply begun again.
    """
    if tx.principal.agency_id is None:
        raise NotFound
    wish = Wish(
        agency_id=tx.principal.agency_id,
        school_year=data.school_year,
        class_name=data.class_name,
        principal_id=data.principal_id,
        homeroom_teacher_ids=data.homeroom_teacher_ids,
    )
    return await years.issue(tx, wish)


@get("/runs/{run_id:uuid}", guards=[requires(ISSUE)], responses=refuses(NotFound))
async def read_run(run_id: FromPath[UUID], tx: Injected[Transaction]) -> Progress:
    """Read how far a run has come, and what is wrong with the first thousand records in it."""
    return await years.progress(tx, run_id)
