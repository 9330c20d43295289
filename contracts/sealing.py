"""Signatures of the house under what it hands out: receipts, stamps, certificates, manifests."""

from collections.abc import Sequence
from typing import Literal, Protocol, TypeAlias

import msgspec

SealPurpose: TypeAlias = Literal[
    "receipt", "stamp", "certificate", "manifest", "recognition", "edoc"
]
"""What is sealed. Each has a key of its own, so that nothing sealed for one passes for another."""


class Stamp(msgspec.Struct, frozen=True, kw_only=True):
    """A signature as short as it gets, for a printed code: 64 bytes in base64url, and its key.

    It is ES256 over the UTF-8 bytes of the address, exactly as printed (GS1 Digital Link).
    """

    kid: str
    """The first eight characters of the key's thumbprint in the published key set."""
    signature: str


class Sealer(Protocol):
    """Seals bytes in the name of the house. Ask a `Transaction`: a key is made at the first use.

    A seal is a compact JWS (RFC 7515 §7.1): ES256, `typ` `tinhs-<purpose>+jws`, `kid` the
    thumbprint (RFC 7638) of a key that stands in `/v1/documents/trust/jwks.json` for ever.
    """

    async def seal(self, purpose: SealPurpose, payload: bytes) -> str:
        """Return the payload sealed."""
        ...

    async def seal_many(self, purpose: SealPurpose, payloads: Sequence[bytes]) -> Sequence[str]:
        """Return each payload sealed, in their order; the key is fetched once."""
        ...

    async def stamp(self, address: str) -> Stamp:
        """Return the signature to be printed with an address."""
        ...

    async def opened(self, purpose: SealPurpose, seal: str) -> bytes | None:
        """Return the payload of a seal of ours for that purpose; None for anything else."""
        ...
