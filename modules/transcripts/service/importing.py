"""A school's year out of a file: all of it is looked at, and then written whole or not at all."""

import asyncio
from collections.abc import Callable, Iterable, Iterator, Sequence
from functools import partial
from itertools import islice
from typing import IO, Final, TypeAlias
from uuid import UUID

import msgspec

from backend.kernel import Transaction
from backend.kernel.brought import lines
from contracts.documents import Defect, Documents
from modules.transcripts.errors import LinesRefused
from modules.transcripts.model.content import AnyYear
from modules.transcripts.model.kind import SchoolRecord
from modules.transcripts.service import years
from modules.transcripts.service.years import Row

TOLD_MAX: Final = 1000
_BATCH: Final = 100
_NOBODY_YET: Final = "not-confirmed"
"""No teacher stands by what has just been written: that is no news."""

Find: TypeAlias = Callable[[AnyYear], Sequence[Defect]]


class AtLine(msgspec.Struct, frozen=True, kw_only=True):
    """What is wrong where: never what stands there."""

    line: int
    pointer: str
    code: str


class Brought(msgspec.Struct, frozen=True, kw_only=True):
    """How many records were written, and the first of what keeps them from being signed."""

    records: int
    defects_count: int
    defects: tuple[AtLine, ...]


class _Seen:
    """What was found in a file: what cannot be written, and what cannot be signed."""

    def __init__(self) -> None:
        self.records = 0
        self.faults: list[AtLine] = []
        self.defects: list[AtLine] = []


async def bring(tx: Transaction, school_year: str, file: IO[bytes]) -> Brought:
    """Write the records of a file, one a line; the same again writes nothing new.

    What cannot be signed yet is told and may be written. Raises `LinesRefused`, which names every
    line that can never be written; then nothing is.
    """
    find = partial(tx.ask(Documents).defects, SchoolRecord.name)
    seen = await asyncio.to_thread(_looked_at, file, school_year, find)
    if seen.faults or not seen.records:
        first = msgspec.to_builtins(seen.faults[:TOLD_MAX])
        raise LinesRefused(count=len(seen.faults), lines=first)
    file.seek(0)
    rows = (told for _, told in lines(file, Row) if isinstance(told, Row))
    while batch := list(islice(rows, _BATCH)):
        await _write(tx, school_year, batch)
    told = tuple(seen.defects[:TOLD_MAX])
    return Brought(records=seen.records, defects_count=len(seen.defects), defects=told)


async def _write(tx: Transaction, school_year: str, batch: Iterable[Row]) -> None:
    contents = {each.pupil_id: each.record for each in batch}
    await years.written(tx, school_year, contents)


def _looked_at(file: IO[bytes], school_year: str, find: Find) -> _Seen:
    """Look at every line, in a thread: a school's year is seconds of reckoning."""
    seen, pupils = _Seen(), set[UUID]()
    for number, told in lines(file, Row):
        if not isinstance(told, Row):
            seen.faults += [
                AtLine(line=number, pointer=each.pointer or "", code=each.code) for each in told
            ]
            continue
        seen.records += 1
        seen.faults += _misplaced(number, told, school_year, pupils)
        pupils.add(told.pupil_id)
        seen.defects += [
            AtLine(line=number, pointer=f"/record{each.pointer}", code=each.code)
            for each in find(told.record)
            if each.code != _NOBODY_YET
        ]
    return seen


def _misplaced(number: int, row: Row, school_year: str, pupils: set[UUID]) -> Iterator[AtLine]:
    if row.record.school_year != school_year:
        yield AtLine(line=number, pointer="/record/school_year", code="another-year")
    if row.pupil_id in pupils:
        yield AtLine(line=number, pointer="/pupil_id", code="twice")
