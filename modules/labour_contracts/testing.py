"""The contract that `documents` lends; here it is the employer's to change."""

from typing import Final

from contracts.samples import Cast, Samples

NAMED: Final[dict[str, str]] = {}


async def samples(cast: Cast) -> Samples:
    """Find the contract, once it is signed."""
    await cast.seeded("documents", "labour_contracts")
    listed = (await cast.citizen.send("GET", "/v1/documents")).json()
    return Samples(
        names={"labour-contracts/{document_id:uuid}": listed["items"][0]["document_id"]},
        silent={
            "PUT /v1/labour-contracts/{document_id:uuid}": "a whole contract is judged before",
        },
    )
