"""The proof that whoever wants a credential has a key: as OpenID4VCI 1.0 §F.1 has it."""

from datetime import datetime
from typing import Annotated, Final, Literal

import msgspec
from msgspec import Meta

from modules.documents.model import jws
from modules.documents.model.jws import Jwk, NotGenuine

CHARACTERS_MAX: Final = 4096
_SECONDS: Final = 300

Proof = Annotated[str, Meta(max_length=CHARACTERS_MAX)]
"""A compact JWS with `typ` `openid4vci-proof+jwt`, the public key in its header as `jwk`, and in
its payload `aud`, the address that it is sent to, and `iat`, now."""


class NotProved(Exception):
    """It is no such proof, or for somebody else, or of another time."""


class ProofHeader(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The header of a proof."""

    alg: Literal["ES256"]
    jwk: Jwk
    typ: Literal["openid4vci-proof+jwt"]


class ProofClaims(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What a proof says: for whom it was made, and when."""

    aud: str
    iat: Annotated[int, Meta(ge=0, le=253_402_300_799)]


def proved(proof: str, audience: str, now: datetime) -> Jwk:
    """Return the key that the proof was made with, its coordinates alone. Raises `NotProved`."""
    segments = proof.split(".")
    if len(segments) != 3:
        raise NotProved
    try:
        head = jws.spelt_anyhow(segments[0], ProofHeader)
        signed = f"{segments[0]}.{segments[1]}".encode()
        jws.verify(jws.public_key(head.jwk), signed, jws.decoded(segments[2]))
        said = jws.spelt_anyhow(segments[1], ProofClaims)
    except NotGenuine as error:
        raise NotProved from error
    if said.aud != audience or abs(said.iat - now.timestamp()) > _SECONDS:
        raise NotProved
    return Jwk(kty="EC", crv="P-256", x=head.jwk.x, y=head.jwk.y)
