"""A request about one's own data, and an archive of them."""

from typing import Final

from contracts.samples import PROVINCE, UNGUESSED, Cast, Samples

NAMED: Final = {
    "erasures/{receipt:uuid}": UNGUESSED,
    "holds/{hold_id:uuid}": PROVINCE,
    "incidents/{incident_id:uuid}": PROVINCE,
}


async def samples(cast: Cast) -> Samples:
    """Ask a question, and for everything."""
    wish = {"kind": "access", "note": "Xin cho biết ai đã xem"}
    asked = await cast.made(cast.citizen, "/v1/account/requests", json=wish)
    await cast.made(cast.citizen, "/v1/account/export")
    await cast.work()
    listed = await cast.citizen.send("GET", "/v1/account/exports")
    (export,) = listed.json()["items"]
    return Samples(
        names={
            "requests/{request_id:uuid}": asked.json()["id"],
            "exports/{export_id:uuid}": export["id"],
        },
        asked={
            "POST /console/privacy/requests/{request_id:uuid}/decision": {
                "data": {"state": "working"}
            },
        },
    )
