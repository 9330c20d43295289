"""With what documents are signed: ES256 by devices, and what keys at providers sign with besides.

RSA is taken for signatures of people alone, as TT 15/2025/TT-BKHCN lists it: RSASSA-PSS, or PKCS #1
v1.5 where a provider offers nothing better, with keys of 2048 bits at least, over SHA-256.
"""

from collections.abc import Mapping
from hashlib import sha256
from typing import Annotated, Final, Literal, TypeAlias

import msgspec
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ec import EllipticCurvePublicKey
from cryptography.hazmat.primitives.asymmetric.padding import MGF1, PSS, PKCS1v15
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPublicKey
from cryptography.hazmat.primitives.hashes import SHA256
from msgspec import Meta

from modules.documents.model import jws
from modules.documents.model.jws import NotGenuine, Thumbprint

Algorithm: TypeAlias = Literal["PS256", "ES256", "RS256"]
SignerKey: TypeAlias = EllipticCurvePublicKey | RSAPublicKey

BY_PREFERENCE: Final[tuple[Algorithm, ...]] = ("PS256", "ES256", "RS256")
RSA_BITS_MIN: Final = 2048
RSA_BITS_MAX: Final = 4096
PSS_SHA256: Final = bytes.fromhex(
    "3034a00f300d06096086480165030402010500"
    "a11c301a06092a864886f70d010108300d06096086480165030402010500a203020120"
)
"""RSASSA-PSS-params of PS256: SHA-256 for both, a salt of 32 bytes (RFC 7518 §3.5)."""

_PADDING: Final[Mapping[Algorithm, PSS | PKCS1v15]] = {
    "PS256": PSS(MGF1(SHA256()), PSS.DIGEST_LENGTH),
    "RS256": PKCS1v15(),
}


class ProviderHeader(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The protected header of a signature by a key that a provider keeps.

    A public authority's certificate knows nothing of our names, so the signer says with `sub` which
    party of the document they are. It counts where the log holds this very signature: before it
    was taken, the house has compared the number in the certificate with the party's.
    """

    alg: Algorithm
    iat: Annotated[int, Meta(ge=0, le=253_402_300_799)]
    kid: Thumbprint
    sub: Annotated[str, Meta(min_length=1, max_length=64)]
    typ: Literal["tinhs-doc+jws"]
    x5t_s256: Thumbprint = msgspec.field(name="x5t#S256")


def fitting(key: object) -> tuple[Algorithm, ...]:
    """Return with what a key of a certificate can sign, the better first; nothing for others."""
    if isinstance(key, EllipticCurvePublicKey) and key.curve.name == "secp256r1":
        return ("ES256",)
    if isinstance(key, RSAPublicKey) and RSA_BITS_MIN <= key.key_size <= RSA_BITS_MAX:
        return ("PS256", "RS256")
    return ()


def verify(algorithm: Algorithm, key: SignerKey, signed: bytes, signature: bytes) -> None:
    """Return if a signature, as JWS has it (RFC 7518 §3), is the key's over `signed`.

    Raises `NotGenuine`, also when the key is not one for the algorithm.
    """
    if algorithm not in fitting(key):
        raise NotGenuine
    if isinstance(key, EllipticCurvePublicKey):
        jws.verify(key, signed, signature)
        return
    if len(signature) != (key.key_size + 7) // 8:
        raise NotGenuine
    try:
        key.verify(signature, signed, _PADDING[algorithm], SHA256())
    except InvalidSignature as error:
        raise NotGenuine from error


def thumbprint(key: SignerKey) -> str:
    """Return RFC 7638 of a key, in base64url."""
    if isinstance(key, EllipticCurvePublicKey):
        return jws.thumbprint(key)
    numbers = key.public_numbers()
    e, n = (
        jws.encoded(each.to_bytes((each.bit_length() + 7) // 8, "big"))
        for each in (numbers.e, numbers.n)
    )
    return jws.encoded(sha256(f'{{"e":"{e}","kty":"RSA","n":"{n}"}}'.encode()).digest())
