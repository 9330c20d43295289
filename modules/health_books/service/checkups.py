"""Writing down a checkup: every doctor who examined is asked to sign, then who concludes."""

from collections.abc import Iterator, Sequence
from typing import TypeAlias
from uuid import UUID

import msgspec

from backend.kernel import Transaction
from modules.health_books.model import checkup as checkups
from modules.health_books.model.checkup import CHECKUP, Checkup
from modules.health_books.repository import visits as repository
from modules.health_books.service import filing
from modules.health_books.service.filing import Filed, Kept, Sheet

Doctors: TypeAlias = tuple[Sequence[UUID], UUID]
"""The specialists, in the order of the checkup, and who concludes."""


async def file(
    tx: Transaction, agency_id: UUID, person_id: UUID, doctors: Doctors, checkup: Checkup
) -> Filed:
    """Draft a checkup, or its next revision, and ask its doctors to sign.

    Raises `VisitRefused`, `BeingSigned`.
    """
    specialists, concluding = doctors
    if len(specialists) != len(checkup.specialists):
        raise filing.refused("/specialists", "people")
    people = {CHECKUP.specialist(place): doctor for place, doctor in enumerate(specialists)}
    people |= {CHECKUP.CONCLUDING: concluding, CHECKUP.FACILITY: agency_id}
    whole = checkups.marked(checkup)
    sheet = Sheet(kind=CHECKUP.name, content=whole, entries=tuple(_entries(whole)))
    standing = await filing.enter(tx, agency_id, person_id, people, sheet)
    await filing.finish(tx, agency_id, person_id, checkup.end)
    return Filed(documents=(standing,))


async def file_once(
    tx: Transaction, agency_id: UUID, person_id: UUID, doctors: Doctors, checkup: Checkup
) -> None:
    """File a checkup of which nothing is known yet, as the house does for a facility."""
    if await tx.maybe(repository.OF_ENCOUNTER, agency_id, checkup.encounter_id) is None:
        await file(tx, agency_id, person_id, doctors, checkup)


def _entries(checkup: Checkup) -> Iterator[Kept]:
    told = msgspec.to_builtins(checkup)
    head = ("encounter_id", "patient", "facility", "start", "end")
    yield "patient", (), told["patient"]
    yield "encounter", (), {**{name: told[name] for name in head}, "mode": "OUTPATIENT"}
    found_on = {"found_on": told["end"]}
    marks: set[str] = set()
    for pointer, each in checkups.items(checkup):
        kind = pointer.split("/")[1]
        dated = found_on if kind == "findings" else {}
        yield kind, each.sensitivity, {**msgspec.to_builtins(each), **dated}
        marks.update(each.sensitivity)
    # Nobody can say what the doctor's words tell of anything sensitive, so they are as it is.
    yield "conclusion", tuple(sorted(marks)), {**told["checkup"], **found_on}
    for relative in told["family"]:
        yield "family", (), relative
