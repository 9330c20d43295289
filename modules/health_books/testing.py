"""Whose health book it is: the account's own, and a partner's with consent alone."""

from typing import Final

from contracts.demo import demo_id
from contracts.samples import PROVINCE, Cast, Samples

NAMED: Final[dict[str, str]] = {
    "imports/{sender_id:str}": "tests/health_books/test_import.py",
    "senders/{sender_id:str}": PROVINCE,
}


async def samples(cast: Cast) -> Samples:
    """Name the person; there is nothing to read without their word, not even for officers."""
    who = str(cast.citizen.person_id)
    reason = {"reason": "Bệnh nhân hôn mê, cần biết dị ứng thuốc."}
    come = {"agency_id": str(demo_id("agency", "hospital"))}
    checked_in = await cast.made(cast.citizen, "/v1/health-books/me/check-ins", json=come)
    own = {"kind": "allergy", "source": "self_declared", "name": "Tôm"}
    entered = await cast.made(cast.citizen, "/v1/health-books/me/entries", json=own)
    glass = "POST /v1/health-books/patients/{person_id:uuid}/break-glass"
    book = "POST /v1/health-books/patients/{person_id:uuid}/book"
    facility = {"code": "38010", "name": "Bệnh viện"}
    return Samples(
        names={
            "people/{person_id:uuid}": who,
            "patients/{person_id:uuid}": who,
            "me/check-ins/{opening_id:uuid}": checked_in.json()["id"],
            "me/entries/{entry_id:uuid}": entered.json()["id"],
        },
        asked={glass: {"json": reason}, book: {"json": {"facility": facility}}},
        silent={
            book: "facilities alone, once opened",
            glass: "whoever treats may open any book, and the patient is told",
            "GET /v1/health-books/patients/{person_id:uuid}": "facilities alone, once opened",
            "GET /v1/health-books/patients/{person_id:uuid}/fhir": "facilities alone, once opened",
            "GET /v1/health-books/people/{person_id:uuid}/fhir": "partners alone, after consent",
        },
    )
