"""A reporter takes everything along, photos too, and is forgotten in the database and the store."""

from collections.abc import Awaitable, Callable, Mapping
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from backend.files.scopes import UPLOAD
from backend.host.settings import Settings as HouseSettings
from backend.kernel.database import Connection
from backend.privacy.scopes import ASK, TAKE_OUT
from backend.testing import Caller, Clock
from modules.feedback.scopes import OWN
from tests.privacy.conftest import superuser
from tests.privacy.test_erasure import dumped, found_in
from tests.privacy.test_export import archive_of

from .conftest import FILING, Act

__all__ = ["superuser"]

Drain = Callable[[], Awaitable[list[str]]]


@pytest.fixture
def citizen(as_citizen: Callable[..., Caller]) -> Caller:
    return as_citizen(OWN, UPLOAD, ASK, TAKE_OUT, acr="aal2")


@pytest.fixture
def data_dir(settings: Mapping[Any, Any]) -> Path:
    return settings[HouseSettings].data_dir


def kept_in(folder: Path) -> bytes:
    """Return the names and the bytes of all files below a folder."""
    files = [path for path in folder.rglob("*") if path.is_file()]
    return b"\n".join(str(path).encode() + b"\n" + path.read_bytes() for path in files)


async def test_photos_are_in_the_archive_as_they_are_kept(
    citizen: Caller, file: Act, pothole: bytes, drain: Drain
) -> None:
    report = (await file(citizen, photos=[pothole, pothole])).json()

    archive = await archive_of(citizen, drain)

    names = [f"files/feedback.attachment/{report['code']}-{number}.jpg" for number in (1, 2)]
    assert [name for name in sorted(archive) if name.startswith("files/")] == names
    (shown,) = {archive[name] for name in names}
    assert shown.startswith(b"\xff\xd8\xff")
    assert b"Exif" not in shown, "it is the picture without what the camera wrote into it"
    rows = archive["data/feedback.attachment.json"].decode()
    assert '"taken_lat": 19.8' in rows, "what the camera wrote is told beside it"
    assert FILING["text"] in archive["data/feedback.report.json"].decode()


async def test_who_is_erased_is_in_neither_a_dump_nor_the_store(
    citizen: Caller,
    file: Act,
    act: Act,
    draw: Callable[..., bytes],
    drain: Drain,
    clock: Clock,
    superuser: Connection,
    data_dir: Path,
) -> None:
    words = "Nhà tôi ở ngõ 7, cạnh cây gạo già, xin gọi trước khi tới."
    report = (await file(citizen, photos=[draw("rubbish")], text=words)).json()
    archive = await archive_of(citizen, drain)
    photo = archive[f"files/feedback.attachment/{report['code']}-1.jpg"]
    rows: Any = await superuser.fetch(
        "select file_id from feedback.attachment where report_id = $1", report["id"]
    )
    wanted = {
        "words": words.encode(),
        "person": str(citizen.person_id).encode(),
        "photo": photo,
        "name of the photo": str(rows[0]["file_id"]).encode(),
    }
    before = found_in(await dumped(superuser), wanted), found_in(kept_in(data_dir), wanted)

    withdrawn = await act(citizen, "reports", report, "withdrawal")
    asked = await citizen.post("/v1/account/erasure")
    clock.advance(seconds=timedelta(hours=73).total_seconds())
    for _ in range(3):
        await drain()
        clock.advance(days=1)

    assert (withdrawn.status_code, asked.status_code) == (200, 202)
    assert before == ({"words", "person", "name of the photo"}, {"photo", "name of the photo"})
    assert found_in(kept_in(data_dir), wanted) <= {"person"}, "the journal of erasures knows who"
    left = found_in(await dumped(superuser), wanted)
    assert "words" not in left
    assert left <= {"person", "name of the photo"}, "ids that lead to nobody and to nothing"
