"""Sealing bytes with a key that one holds."""

import secrets
from typing import Final

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCMSIV

from backend.kms.boundary import NotSealedHere

KEY_BYTES: Final = 32
NONCE_BYTES: Final = 12


def sealed(key: bytes, raw: bytes, *, about: str) -> bytes:
    """Return a nonce and what AES-256-GCM-SIV makes of the bytes; `about` is authenticated."""
    nonce = secrets.token_bytes(NONCE_BYTES)
    return nonce + AESGCMSIV(key).encrypt(nonce, raw, about.encode())


def unsealed(key: bytes, wrapped: bytes, *, about: str) -> bytes:
    """Return what `sealed` was given; raises `NotSealedHere`."""
    try:
        return AESGCMSIV(key).decrypt(wrapped[:NONCE_BYTES], wrapped[NONCE_BYTES:], about.encode())
    except (InvalidTag, ValueError) as error:
        raise NotSealedHere from error
