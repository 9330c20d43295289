"""Where private keys lie. The database knows them by reference alone."""

import os
from pathlib import Path
from typing import Final, Protocol

from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric.ec import (
    SECP256R1,
    EllipticCurvePrivateKey,
    EllipticCurvePublicKey,
    generate_private_key,
)

from backend.identity.jws import jwk_of, public_key

_SCHEME: Final = "file:"


class KeyUnreachable(Exception):
    """The private part of a signing key does not lie where this process can reach it."""


class Kms(Protocol):
    """Makes signing keys and lends them; a hardware module answers the same questions."""

    def create(self) -> tuple[str, EllipticCurvePublicKey]:
        """Return the reference of a fresh P-256 key, and its public part."""
        ...

    def load(self, reference: str) -> EllipticCurvePrivateKey:
        """Return a private key that signs; raises `KeyUnreachable`."""
        ...


class FileKms:
    """Keys as files that only their owner reads, outside the database and its backups.

    Several nodes that sign need one folder that all of them see.
    """

    def __init__(self, folder: Path) -> None:
        self._folder = folder

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
