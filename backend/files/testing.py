"""A photo, and an upload that has only begun."""

from base64 import b64encode
from datetime import UTC, datetime
from typing import Final

from backend.files.samples import Samples as Photos
from contracts.samples import Cast, Samples

NAMED: Final[dict[str, str]] = {}

_NOON: Final = datetime(2026, 11, 22, 5, tzinfo=UTC)
_TUS: Final = {"Tus-Resumable": "1.0.0"}
_BEGIN: Final = {
    **_TUS,
    "Upload-Length": "100",
    "Upload-Metadata": f"purpose {b64encode(b'feedback.report').decode()}",
}


async def samples(cast: Cast) -> Samples:
    """Send a photo, and announce another."""
    photo = Photos(None).draw("lamp", taken_at=_NOON, lat=19.8, lon=105.7)  # type: ignore[arg-type]
    file = await cast.made(
        cast.citizen, "/v1/files?purpose=feedback.report", files={"photos": ("a.jpg", photo)}
    )
    upload = await cast.made(cast.citizen, "/v1/files/uploads", headers=_BEGIN)
    piece = {**_TUS, "Upload-Offset": "0", "Content-Type": "application/offset+octet-stream"}
    return Samples(
        names={
            "files/{file_id:uuid}": file.json()["id"],
            "uploads/{upload_id:uuid}": upload.headers["location"].rpartition("/")[2],
        },
        asked={
            "PATCH /v1/files/uploads/{upload_id:uuid}": {"content": b"x" * 10, "headers": piece}
        },
        silent={"GET /files/{file_id:uuid}/{rendition:str}": "a signed link, whoever has it"},
    )
