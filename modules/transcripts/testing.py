"""A pupil's year, as the clerk of the school has written it."""

from typing import Final

import msgspec

from contracts.samples import Cast, Samples
from modules.transcripts.demo import SAMPLE

NAMED: Final[dict[str, str]] = {
    "transcripts/runs/{run_id:uuid}": "tests/transcripts/test_years.py",
    "pupils/{pupil_id:uuid}": "tests/transcripts/test_whole.py",
}

_YEAR: Final = "2025-2026"


async def samples(cast: Cast) -> Samples:
    """Write the year of the cast's citizen at the school of its officer."""
    pupil, year = str(cast.citizen.person_id), msgspec.to_builtins(SAMPLE)
    where = f"/v1/transcripts/records/{pupil}/{_YEAR}"
    written = await cast.made(cast.officer, where, method="PUT", json=year)
    subjects = [each["code"] for each in year["subjects"]]
    return Samples(
        names={
            "records/{pupil_id:uuid}": pupil,
            "records/{record_id:uuid}": written.json()["id"],
            "{school_year:str}": _YEAR,
        },
        asked={
            "PUT /v1/transcripts/records/{pupil_id:uuid}/{school_year:str}": {"json": year},
            "POST /v1/transcripts/records/{record_id:uuid}/confirmations": {
                "json": {"subjects": subjects}
            },
        },
        silent={
            "PUT /v1/transcripts/records/{pupil_id:uuid}/{school_year:str}": (
                "each school writes a record of its own about any pupil"
            ),
        },
    )
