"""The verdict as the house gives it, and the kit with which others need not ask the house."""

from typing import Any

from cryptography.hazmat.primitives.asymmetric.ec import EllipticCurvePublicKey
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

from backend.kernel import NotFound, Snapshot
from backend.transparency.notes import Verifier
from contracts.documents import DocumentKind
from modules.documents.model import jws
from modules.documents.model.findings import Found, Trust, Verdict
from modules.documents.model.kit import Kit
from modules.documents.model.verdict import judged, status_place
from modules.documents.repository import statuses as lists
from modules.documents.repository.keys import Purpose
from modules.documents.service import keys, log, pki, stamping, statuses


async def verify(snapshot: Snapshot, raw: bytes) -> Verdict:
    """Return the verdict on a bundle. The status is as of this moment, not as published."""
    place = status_place(raw)
    found = None if place is None else await statuses.standing(snapshot, place)

    def look(*_: object) -> Found | None:
        return found

    return judged(raw, await trust(snapshot), look, snapshot.now)


async def trust(snapshot: Snapshot) -> Trust:
    """Return what the house itself believes."""
    anchor = await keys.anchor(snapshot)
    witness = await _vkey(snapshot, "witness", log.witness_name(snapshot.base_url))
    return Trust(
        issuer=snapshot.base_url,
        anchors=() if anchor is None else (anchor,),
        log=await _vkey(snapshot, "log", log.origin(snapshot.base_url)),
        witnesses=() if witness is None else (witness,),
        deadlines={kind.name: kind.deadline.days for kind in snapshot.ask_all(DocumentKind)},
        revoked={each: int(at.timestamp()) for each, at in (await pki.revoked(snapshot)).items()},
        stampers=await stamping.anchors(snapshot),
    )


async def kit(snapshot: Snapshot) -> Kit:
    """Return what an offline verifier needs. Its status tokens are good for a day."""
    status_key = await keys.public(snapshot, "status")
    tokens = await snapshot.all(lists.TOKENS)
    return Kit(
        trust=await trust(snapshot),
        status_keys=(jws.jwk_of(status_key),)
        if isinstance(status_key, EllipticCurvePublicKey)
        else (),
        status_tokens=tuple(each.token for each in tokens),
    )


async def anchor(snapshot: Snapshot) -> bytes:
    """Return the certificate of the pilot's authority (DER). Raises `NotFound` before the first."""
    found = await keys.anchor(snapshot)
    if found is None:
        raise NotFound
    return found


async def _vkey(snapshot: Snapshot, purpose: Purpose, name: str) -> str | None:
    key: Any = await keys.public(snapshot, purpose)
    if not isinstance(key, Ed25519PublicKey):
        return None
    return Verifier(name, key.public_bytes_raw(), is_witness=purpose == "witness").vkey()
