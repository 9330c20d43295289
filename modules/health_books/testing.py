"""Whose health book it is: the account's own, and a partner's with consent alone."""

from typing import Final

from contracts.samples import Cast, Samples

NAMED: Final[dict[str, str]] = {}


async def samples(cast: Cast) -> Samples:
    """Name the person; there is nothing to read without their word, not even for officers."""
    return Samples(
        names={"people/{person_id:uuid}": str(cast.citizen.person_id)},
        silent={
            "GET /v1/health-books/people/{person_id:uuid}/fhir": "partners alone, after consent",
        },
    )
