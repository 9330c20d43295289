"""Signatures as devices and providers write them, and as JWS and CMS want them."""

from cryptography.hazmat.primitives.asymmetric.utils import (
    decode_dss_signature,
    encode_dss_signature,
)

from modules.documents.model import jws
from modules.documents.model.algorithms import Algorithm
from modules.documents.model.ceremony import HandedIn


def raw(handed_in: HandedIn) -> str:
    """Return r and s in base64url, whichever way the device wrote them. Raises `NotGenuine`."""
    value = jws.decoded(handed_in.value)
    if handed_in.format == "der":
        try:
            r, s = decode_dss_signature(value)
            value = r.to_bytes(32, "big") + s.to_bytes(32, "big")
        except (ValueError, OverflowError) as error:
            raise jws.NotGenuine from error
    return jws.encoded(value)


def der(value: str) -> bytes:
    """Return an ECDSA signature as CMS has it (RFC 5753 §7.2)."""
    found = jws.decoded(value)
    halves = (int.from_bytes(half, "big") for half in (found[:32], found[32:64]))
    return encode_dss_signature(*halves)


def in_cms(algorithm: Algorithm, value: str) -> bytes:
    """Return a signature that is written as in JWS as CMS has it."""
    return der(value) if algorithm == "ES256" else jws.decoded(value)
