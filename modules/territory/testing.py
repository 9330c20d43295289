"""Nothing here is anybody's own."""

from typing import Final

from contracts.samples import PUBLIC, Cast, Samples

NAMED: Final = {
    "units/{code:str}": PUBLIC,
    "agencies/{agency_id:uuid}": PUBLIC,
    "agencies/{scheme:str}": PUBLIC,
    "competences/{competence_id:uuid}": PUBLIC,
    "datasets/{version:str}": PUBLIC,
}


async def samples(cast: Cast) -> Samples:  # noqa: ARG001 - the same for everybody
    """Lend nothing."""
    return Samples(names={})
