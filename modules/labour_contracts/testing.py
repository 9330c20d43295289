"""The contract that `documents` lends; here it is the employer's to change."""

from typing import Final

from contracts.samples import Cast, Samples

NAMED: Final[dict[str, str]] = {
    "provider/events/{event_id:str}": "tests/documents/test_contract_life.py",
    "labour-contracts/{contract_id:uuid}": "tests/documents/test_contract_provider.py",
    "handovers/{contract_id:uuid}": "tests/documents/test_contract_provider.py",
}


async def samples(cast: Cast) -> Samples:
    """Find the contract, once it is signed."""
    await cast.seeded("documents", "labour_contracts")
    listed = (await cast.citizen.send("GET", "/v1/documents")).json()
    where = "labour-contracts/{document_id:uuid}"
    day = {"effective_on": "2026-12-01"}
    change = {"item": "hours", "text": "7 giờ mỗi ngày"}
    return Samples(
        names={where: listed["items"][0]["document_id"]},
        asked={
            f"POST /v1/{where}/annexes": {"json": {**day, "number": "01", "changes": [change]}},
            f"POST /v1/{where}/suspension": {"json": {**day, "ground": "AGREEMENT"}},
            f"POST /v1/{where}/termination": {
                "json": {**day, "ground": "AGREED", "settlement": "Đã thanh toán đủ."}
            },
        },
        silent={
            "PUT /v1/labour-contracts/{document_id:uuid}": "a whole contract is judged before",
        },
    )
