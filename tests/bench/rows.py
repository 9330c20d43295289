"""The rows that every subject serves: a hundred thousand notes, 3,321 places."""

from datetime import UTC, datetime, timedelta
from random import Random
from typing import Any, Final, LiteralString
from uuid import UUID

from backend.identity.demo import person_id

NOTES: Final = 100_000
PLACES: Final = 3_321
OWNER: Final = person_id("citizen")
"""The demo citizen, who is signed in for the measured requests and owns every fourth note."""
COLUMNS: Final[LiteralString] = (
    "id, owner_id, commune_code, title, text, status, is_public, written_at, version"
)

_FIRST: Final = datetime(2025, 7, 1, tzinfo=UTC)
_VOCABULARY: Final = (
    "đường thôn xóm hư hỏng ổ gà sau mưa lớn đèn chiếu sáng không hoạt động rác thải tồn đọng "
    "trước cổng trường cống thoát nước tắc nghẽn đề nghị xã sớm kiểm tra khắc phục"
)


def note_id(number: int) -> UUID:
    """Return the id of a note; they sort as they were written, as UUIDv7 do."""
    moment = int((_FIRST + timedelta(minutes=number)).timestamp() * 1000)
    return UUID(int=moment << 80 | 0x7 << 76 | 0x2 << 62 | number)


def owned(count: int) -> list[UUID]:
    """Return ids of the demo citizen's notes, from all over the table."""
    step = NOTES // 4 // count
    return [note_id(number * step * 4) for number in range(count)]


def place_code(number: int) -> str:
    """Return the code of a place, five digits as those of communes."""
    return f"{10_000 + number * 3:05d}"


async def fill(admin: Any) -> None:
    """Write the same rows as every time; nine of ten notes are public.

    `admin` is a connection that passes by row-level security.
    """
    words = _VOCABULARY.split()
    random = Random(38)  # noqa: S311 - the same rows every time is the point
    notes = (
        (
            note_id(number),
            OWNER if number % 4 == 0 else UUID(int=random.getrandbits(128)),
            place_code(random.randrange(PLACES)),
            " ".join(random.choices(words, k=8)).capitalize(),
            " ".join(random.choices(words, k=40)).capitalize(),
            number % 10 != 0,
            _FIRST + timedelta(minutes=number),
        )
        for number in range(NOTES)
    )
    columns = ["id", "owner_id", "commune_code", "title", "text", "is_public", "written_at"]
    await admin.copy_records_to_table("note", schema_name="bench", columns=columns, records=notes)
    places = ((place_code(number), f"Xã {number}", "commune", "38") for number in range(PLACES))
    columns = ["code", "name", "kind", "parent_code"]
    await admin.copy_records_to_table("place", schema_name="bench", columns=columns, records=places)
    await admin.execute("vacuum analyze bench.note")
    await admin.execute("vacuum analyze bench.place")
