"""Where secret keys lie. The database knows them by reference or by name alone."""

import hmac
import os
import secrets
from contextlib import suppress
from pathlib import Path
from typing import Final, Protocol

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric.ec import (
    SECP256R1,
    EllipticCurvePrivateKey,
    EllipticCurvePublicKey,
    generate_private_key,
)
from cryptography.hazmat.primitives.ciphers.aead import AESGCMSIV

from backend.identity.jws import jwk_of, public_key

FOLDER: Final = "keys"
"""Where the key files of an installation lie, below its folder for data."""

_SCHEME: Final = "file:"
_SECRET_BYTES: Final = 32
_NONCE_BYTES: Final = 12


class KeyUnreachable(Exception):
    """A key does not lie where this process can reach it."""


class NotSealedHere(Exception):
    """These bytes were not sealed with that key, or not about that thing."""


class Kms(Protocol):
    """Makes signing keys and lends them, and uses secret ones that it never gives away.

    A hardware module answers the same questions. Secret keys have names, and are made at the first
    use.
    """

    def create(self) -> tuple[str, EllipticCurvePublicKey]:
        """Return the reference of a fresh P-256 key, and its public part."""
        ...

    def load(self, reference: str) -> EllipticCurvePrivateKey:
        """Return a private key that signs; raises `KeyUnreachable`."""
        ...

    def mac(self, key: str, message: bytes) -> bytes:
        """Return HMAC-SHA-256 of the message under the secret key of that name."""
        ...

    def wrap(self, key: str, raw: bytes, *, about: str) -> bytes:
        """Seal bytes (AES-256-GCM-SIV, RFC 8452); they open only as being `about` the same."""
        ...

    def unwrap(self, key: str, wrapped: bytes, *, about: str) -> bytes:
        """Return what was sealed; raises `NotSealedHere`."""
        ...


class FileKms:
    """Keys as files that only their owner reads, outside the database and its backups.

    Several nodes that sign need one folder that all of them see.
    """

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._secrets: dict[str, bytes] = {}

    def create(self) -> tuple[str, EllipticCurvePublicKey]:
        private = generate_private_key(SECP256R1())
        public = private.public_key()
        name = public_key(jwk_of(public)).thumbprint
        pem = private.private_bytes(
            serialization.Encoding.PEM,
            serialization.PrivateFormat.PKCS8,
            serialization.NoEncryption(),
        )
        self._folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        flags = os.O_WRONLY | os.O_CREAT | os.O_EXCL
        with os.fdopen(os.open(self._folder / f"{name}.pem", flags, 0o600), "wb") as file:
            file.write(pem)
            file.flush()
            os.fsync(file.fileno())
        return f"{_SCHEME}{name}", public

    def load(self, reference: str) -> EllipticCurvePrivateKey:
        name = reference.removeprefix(_SCHEME)
        try:
            pem = (self._folder / f"{name}.pem").read_bytes()
        except OSError as error:
            raise KeyUnreachable(f"{self._folder / name}.pem: {error.strerror}") from error
        private = serialization.load_pem_private_key(pem, password=None)
        if not isinstance(private, EllipticCurvePrivateKey):
            raise KeyUnreachable(f"{self._folder / name}.pem holds no P-256 key")
        return private

    def mac(self, key: str, message: bytes) -> bytes:
        return hmac.digest(self._secret(key), message, "sha256")

    def wrap(self, key: str, raw: bytes, *, about: str) -> bytes:
        return sealed(self._secret(key), raw, about=about)

    def unwrap(self, key: str, wrapped: bytes, *, about: str) -> bytes:
        return opened(self._secret(key), wrapped, about=about)

    def _secret(self, name: str) -> bytes:
        """Return the secret of that name. The first of all processes to ask makes it."""
        known = self._secrets.get(name)
        if known is not None:
            return known
        path = self._folder / f"{name}.secret"
        if not path.exists():
            self._made(path)
        try:
            secret = path.read_bytes()
        except OSError as error:
            raise KeyUnreachable(f"{path}: {error.strerror}") from error
        if len(secret) != _SECRET_BYTES:
            raise KeyUnreachable(f"{path} holds no key of {_SECRET_BYTES} bytes")
        return self._secrets.setdefault(name, secret)

    def _made(self, path: Path) -> None:
        self._folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        draft = path.with_name(f"{path.name}.{secrets.token_hex(8)}")
        flags = os.O_WRONLY | os.O_CREAT | os.O_EXCL
        with os.fdopen(os.open(draft, flags, 0o600), "wb") as file:
            file.write(secrets.token_bytes(_SECRET_BYTES))
            file.flush()
            os.fsync(file.fileno())
        # The first to come wins; a rename would let the last one win.
        with suppress(FileExistsError):
            os.link(draft, path)
        draft.unlink()


def sealed(key: bytes, raw: bytes, *, about: str) -> bytes:
    """Return a nonce and what AES-256-GCM-SIV makes of the bytes; `about` is authenticated."""
    nonce = secrets.token_bytes(_NONCE_BYTES)
    return nonce + AESGCMSIV(key).encrypt(nonce, raw, about.encode())


def opened(key: bytes, wrapped: bytes, *, about: str) -> bytes:
    """Return what `sealed` was given; raises `NotSealedHere`."""
    try:
        return AESGCMSIV(key).decrypt(
            wrapped[:_NONCE_BYTES], wrapped[_NONCE_BYTES:], about.encode()
        )
    except (InvalidTag, ValueError) as error:
        raise NotSealedHere from error
