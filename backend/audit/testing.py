"""A look at somebody, sealed."""

from typing import Any, Final

from backend.audit.jobs import SEAL
from contracts.personal_data import AccessLog, Look
from contracts.samples import Cast, Samples

NAMED: Final[dict[str, str]] = {}


async def samples(cast: Cast) -> Samples:
    """Look at the citizen as a job would, and seal the line: placed, signed, copied."""
    assert cast.citizen.person_id is not None  # noqa: S101 - a citizen is somebody
    async with cast.house() as tx:
        look = Look(subject_id=cast.citizen.person_id, purpose="feedback.handling")
        await tx.ask(AccessLog).note(look)
    run: Any = SEAL.run
    for _ in range(3):
        async with cast.house() as tx:
            await run(tx)
    listed = await cast.citizen.send("GET", "/v1/account/access-log")
    (line, *_) = listed.json()["items"]
    return Samples(
        names={"access-log/{event_id:uuid}": line["id"], "looks/{event_id:uuid}": line["id"]}
    )
