"""What the tests of photos send."""

from collections.abc import Callable
from datetime import datetime
from typing import Any

from backend.files.samples import Samples
from backend.kernel import VIETNAM
from backend.testing.callers import Caller
from tests.files.conftest import REPORT

WHERE = f"/v1/files?purpose={REPORT.name}"
JPEG = {"Content-Type": "image/jpeg"}
PHOTO = Samples(None).draw(
    "pothole", taken_at=datetime(2026, 8, 12, 7, 30, tzinfo=VIETNAM), lat=19.8067, lon=105.7852
)

People = Callable[..., Caller]


async def sent_by(caller: Caller, content: bytes = PHOTO) -> dict[str, Any]:
    answer = await caller.post(WHERE, content=content, headers=JPEG)
    assert answer.status_code == 201, answer.text
    return answer.json()
