"""Reports for the house's own routes: the demo stories, told ten times over."""

from collections.abc import Mapping
from datetime import timedelta
from itertools import takewhile
from typing import Any, Final

import asyncpg
import msgspec

from backend.host.app import now
from backend.host.installation import installation
from backend.kernel import Principal, Transaction
from backend.kernel.database import prepare_connection
from modules.feedback.demo import STORIES, _tell
from modules.public_services.demo import load as load_catalogue

COMMUNE: Final = "14797"
PROCEDURES: Final = tuple(f"9.0010{number:02}" for number in range(1, 26))
REPORT: Final = msgspec.json.encode(
    {
        "category": "roads",
        "text": "Ổ gà lớn trước cổng trường, trời mưa đọng nước không thấy, xe máy rất dễ ngã.",
        "location": {"lat": 19.80671, "lon": 105.78523},
        "commune_code": COMMUNE,
    }
)

_TIMES: Final = 10


async def fill(environment: Mapping[str, str]) -> None:
    """Let the demo citizens report, and the officers deal with it, through the services."""
    house = installation(environment).house()
    connection: Any = await asyncpg.connect(environment["TINHS_DATABASE_JOB_URL"])
    await prepare_connection(connection)
    async with connection.transaction():
        await connection.execute("select set_config('tinhs.kind', 'job', true)")
        worker = Principal(kind="job", client_id="feedback")
        tx = Transaction(connection, house, now(), worker)
        for time in range(_TIMES):
            for number, story in enumerate(STORIES):
                # Without photos, which take long to make; so nothing is finished, either.
                parts = tuple(takewhile(lambda part: part != "finish", story.parts))
                plain = msgspec.structs.replace(story, subject=None, parts=parts)
                at = now() - timedelta(days=story.days_ago, hours=6, minutes=time)
                await _tell(tx, worker, plain, f"bench-{time}-{number}", at)
        await load_catalogue(tx)
    await connection.close()
