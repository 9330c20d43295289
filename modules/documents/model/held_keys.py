"""Keys that lie in the house's store of keys, in the shape in which `cryptography` uses keys.

So whatever writes certificates, answers or signatures takes them like any other, and asks the
store whenever something is to be signed. What would show a private part is refused.
"""

from collections.abc import Callable
from typing import Any, NoReturn

from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives.asymmetric.ec import (
    ECDSA,
    EllipticCurve,
    EllipticCurvePrivateKey,
    EllipticCurvePrivateNumbers,
    EllipticCurvePublicKey,
    EllipticCurveSignatureAlgorithm,
)
from cryptography.hazmat.primitives.asymmetric.ed25519 import (
    Ed25519PrivateKey,
    Ed25519PublicKey,
)
from cryptography.hazmat.primitives.asymmetric.utils import encode_dss_signature
from cryptography.hazmat.primitives.hashes import SHA256

Sign = Callable[[bytes], bytes]
"""Gives 64 bytes for a message."""


def _stays() -> NoReturn:
    raise UnsupportedAlgorithm("the private key does not leave the store of keys")


class HeldKey(EllipticCurvePrivateKey):
    """A P-256 key, for ECDSA over SHA-256 alone."""

    def __init__(self, public: EllipticCurvePublicKey, sign: Sign) -> None:
        self._public, self._sign = public, sign

    def sign(self, data: Any, signature_algorithm: EllipticCurveSignatureAlgorithm) -> bytes:
        """Return the signature in DER."""
        if not isinstance(signature_algorithm, ECDSA) or not isinstance(
            signature_algorithm.algorithm, SHA256
        ):
            raise UnsupportedAlgorithm("ES256 alone")
        raw = self._sign(bytes(data))
        r, s = (int.from_bytes(half, "big") for half in (raw[:32], raw[32:]))
        return encode_dss_signature(r, s)

    def public_key(self) -> EllipticCurvePublicKey:
        """Return the public part."""
        return self._public

    @property
    def curve(self) -> EllipticCurve:
        """The curve."""
        return self._public.curve

    @property
    def key_size(self) -> int:
        """Its bits."""
        return self._public.key_size

    def exchange(self, *_: Any, **__: Any) -> bytes:
        """Refuse: this key signs."""
        _stays()

    def private_numbers(self) -> EllipticCurvePrivateNumbers:
        """Refuse."""
        _stays()

    def private_bytes(self, *_: Any, **__: Any) -> bytes:
        """Refuse."""
        _stays()

    def __copy__(self) -> "HeldKey":
        return self

    def __deepcopy__(self, memo: dict[Any, Any]) -> "HeldKey":
        return self


class HeldNoteKey(Ed25519PrivateKey):
    """An Ed25519 key, for notes of the log."""

    def __init__(self, public: Ed25519PublicKey, sign: Sign) -> None:
        self._public, self._sign = public, sign

    def sign(self, data: Any) -> bytes:
        """Return the signature."""
        return self._sign(bytes(data))

    def public_key(self) -> Ed25519PublicKey:
        """Return the public part."""
        return self._public

    def private_bytes(self, *_: Any, **__: Any) -> bytes:
        """Refuse."""
        _stays()

    def private_bytes_raw(self) -> bytes:
        """Refuse."""
        _stays()

    def __copy__(self) -> "HeldNoteKey":
        return self

    def __deepcopy__(self, memo: dict[Any, Any]) -> "HeldNoteKey":
        return self
