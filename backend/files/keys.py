"""The one secret of the file store, and what is derived from it.

A small boundary: the house's key service takes its place, and nothing else here changes.
"""

import hmac
import os
import secrets
from base64 import urlsafe_b64encode
from contextlib import suppress
from hashlib import sha256
from pathlib import Path
from typing import Final

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCMSIV
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

_KEY_BYTES: Final = 32
_NONCE_BYTES: Final = 12
_MAC_BYTES: Final = 16
_VERSION: Final = b"\x01"


class Tampered(Exception):
    """What lies in the store is not what we put there, under this name, with this key."""


class Keys:
    """Enciphers originals and signs links.

    AES-256-GCM-SIV (RFC 8452), for a nonce drawn twice then betrays equality and nothing more.
    The name of an object is part of what is sealed, so bytes moved to another name do not open.
    """

    def __init__(self, *secrets: bytes) -> None:
        """The first secret is used; what was made with another still opens."""
        self._ciphers = [AESGCMSIV(_derived(each, b"tinhs files original")) for each in secrets]
        self._link_keys = [_derived(each, b"tinhs files link") for each in secrets]

    def encipher(self, content: bytes, name: str) -> bytes:
        """Return version, nonce and ciphertext."""
        nonce = secrets.token_bytes(_NONCE_BYTES)
        return _VERSION + nonce + self._ciphers[0].encrypt(nonce, content, name.encode())

    def decipher(self, sealed: bytes, name: str) -> bytes:
        """Return the content. Raises `Tampered`."""
        start = len(_VERSION)
        nonce, ciphertext = sealed[start : start + _NONCE_BYTES], sealed[start + _NONCE_BYTES :]
        for cipher in self._ciphers:
            with suppress(InvalidTag, ValueError):
                return cipher.decrypt(nonce, ciphertext, name.encode())
        raise Tampered(name)

    def sign(self, name: str, expires: int) -> str:
        """Return the signature of a link that is good until `expires`, in seconds since 1970."""
        return _signature(self._link_keys[0], name, expires)

    def is_signed(self, name: str, expires: int, signature: str) -> bool:
        """Tell, in constant time, whether we made this link."""
        shown = signature.encode()
        made = [_signature(key, name, expires).encode() for key in self._link_keys]
        return any(hmac.compare_digest(each, shown) for each in made)


def _signature(key: bytes, name: str, expires: int) -> str:
    mac = hmac.digest(key, f"{name}\n{expires}".encode(), sha256)[:_MAC_BYTES]
    return urlsafe_b64encode(mac).rstrip(b"=").decode()


def _derived(secret: bytes, purpose: bytes) -> bytes:
    return HKDF(algorithm=SHA256(), length=_KEY_BYTES, salt=None, info=purpose).derive(secret)


def key_in(file: Path) -> bytes:
    """Return the secret in `file`, made on the first run; only its owner may read it."""
    if not file.exists():
        file.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        _make(file)
    return file.read_bytes()


def _make(file: Path) -> None:
    """Write a fresh secret; of several processes on their first run one wins."""
    draft = file.with_name(f"{file.name}.{secrets.token_hex(4)}")
    descriptor = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(descriptor, "wb") as writing:
        writing.write(secrets.token_bytes(_KEY_BYTES))
        writing.flush()
        os.fsync(writing.fileno())
    with suppress(FileExistsError):
        file.hardlink_to(draft)  # whole or not at all, so nobody reads half a key
    draft.unlink()
