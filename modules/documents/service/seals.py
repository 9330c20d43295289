"""Seals of the house: a key for each purpose, and never one for two."""

from collections.abc import Sequence
from typing import Literal

import msgspec
from cryptography.hazmat.primitives.asymmetric.ec import EllipticCurvePublicKey

from backend.kernel import Transaction
from contracts.sealing import SealPurpose, Stamp
from modules.documents.model import jws
from modules.documents.model.jws import NotGenuine, Thumbprint
from modules.documents.service import keys

_KID_CHARACTERS = 8


class SealHeader(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The header of a seal."""

    alg: Literal["ES256"]
    kid: Thumbprint
    typ: str


class Seals:
    """Answers `Sealer` inside the caller's transaction."""

    def __init__(self, tx: Transaction) -> None:
        self._tx = tx

    async def seal(self, purpose: SealPurpose, payload: bytes) -> str:
        """Return the payload sealed."""
        (seal,) = await self.seal_many(purpose, [payload])
        return seal

    async def seal_many(self, purpose: SealPurpose, payloads: Sequence[bytes]) -> Sequence[str]:
        """Return each payload sealed, in their order."""
        key = await keys.signing(self._tx, purpose)
        kid = jws.thumbprint(key.public_key())
        head = SealHeader(alg="ES256", kid=kid, typ=_type(purpose))
        return [jws.compact(key, head, payload) for payload in payloads]

    async def stamp(self, address: str) -> Stamp:
        """Return the signature to be printed with an address."""
        key = await keys.signing(self._tx, "stamp")
        kid = jws.thumbprint(key.public_key())[:_KID_CHARACTERS]
        return Stamp(kid=kid, signature=jws.encoded(jws.sign(key, address.encode())))

    async def opened(self, purpose: SealPurpose, seal: str) -> bytes | None:
        """Return the payload of a seal of ours for that purpose."""
        for key in await keys.public(self._tx, purpose):
            if not isinstance(key, EllipticCurvePublicKey):
                continue
            try:
                head, payload = jws.opened(seal, key, SealHeader)
            except NotGenuine:
                continue
            if head.typ == _type(purpose) and head.kid == jws.thumbprint(key):
                return payload
        return None


def _type(purpose: SealPurpose) -> str:
    return f"tinhs-{purpose}+jws"
