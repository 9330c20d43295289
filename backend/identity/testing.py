"""An account with a passkey and a consent, and an officer with a key."""

import secrets
from typing import Any, Final
from uuid import UUID

from backend.identity.minting import mint_citizen, mint_partner
from backend.identity.passkeys import repository as passkeys
from contracts.samples import PROVINCE, UNGUESSED, Cast, Samples

NAMED: Final = {
    "/login/{ix:uuid}": UNGUESSED,
    "enrol/{token:str}": UNGUESSED,
    "sms/{provider:str}": UNGUESSED,
    "cb/{name:str}": UNGUESSED,
    "backchannel-logout/{name:str}": UNGUESSED,
    "staff/{staff_id:uuid}": PROVINCE,
    "people/{staff_id:uuid}": PROVINCE,
    "proposals/{proposal_id:uuid}": PROVINCE,
    "clients/{client_id:str}": PROVINCE,
    "partners/{client_id:str}": PROVINCE,
    "admin/keys/{kid:str}": PROVINCE,
    "representations/{representation_id:uuid}": PROVINCE,
}

_PARTNER: Final = "sample-partner"
_ELSEWHERE: Final = "the key of another device"
_WHY: Final = "feedback.handling"


async def samples(cast: Cast) -> Samples:
    """Keep keys as if their ceremonies were over; agree to something."""
    sessions = await cast.citizen.send("GET", "/v1/account/sessions")
    await cast.officer.send("GET", "/v1/feedback/desk/reports")
    async with cast.house(sign_in=True) as tx:
        theirs = [await _key(tx, person_id=cast.citizen.person_id) for _ in range(3)]
        elsewhere = await mint_citizen(
            tx, jkt=_ELSEWHERE, scopes=[], person_id=cast.citizen.person_id
        )
        ours = [await _key(tx, staff_id=cast.officer.staff_id) for _ in range(2)]
        await mint_partner(tx, client_id=_PARTNER, name="Đối tác mẫu", scopes=[], purposes=[_WHY])
    words = {"purpose": _WHY, "vi": "Tôi đồng ý cho xem.", "en": "I agree."}
    text = (await cast.made(cast.officer, "/v1/admin/consent-texts", json=words)).json()
    agreed = {"text_id": text["items"][0]["id"], "recipient": _PARTNER}
    consent = await cast.made(cast.citizen, "/v1/account/consents", json=agreed)
    return Samples(
        names={
            "account/sessions/{session_id:uuid}": sessions.json()["current_id"],
            "identity/sessions/{session_id:uuid}": str(elsewhere.id),
            "passkeys/{passkey_id:uuid}": str(theirs[0]),
            "identity/passkeys/{passkey_id:uuid}": str(theirs[1]),
            "console/keys/{key_id:uuid}": str(ours[0]),
            "consents/{consent_id:uuid}": consent.json()["id"],
        },
        silent={
            "POST /console/keys/{key_id:uuid}/remove": "the page comes again, with or without it",
        },
    )


async def _key(tx: Any, *, person_id: UUID | None = None, staff_id: UUID | None = None) -> UUID:
    """Keep a key whose secret nobody has."""
    key_id = tx.new_id()
    await tx.run(
        passkeys.ADD,
        key_id,
        secrets.token_bytes(16),
        person_id,
        staff_id,
        secrets.token_bytes(65),
        0,
        UUID(int=0),
        False,  # noqa: FBT003 - a column
        False,  # noqa: FBT003 - a column
        2 if person_id else None,
        "Khóa mẫu",
        tx.now,
    )
    return key_id
