"""Keys as files that only their owner reads, outside the database and its backups."""

import hmac
import os
import secrets
import time
from contextlib import suppress
from pathlib import Path
from typing import Final

from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric.ec import (
    ECDSA,
    SECP256R1,
    EllipticCurvePrivateKey,
    generate_private_key,
)
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.asymmetric.utils import decode_dss_signature
from cryptography.hazmat.primitives.hashes import SHA256

from backend.kms.boundary import Digests, KeyKind, KeyUnreachable, NotSealedHere
from backend.kms.sealing import KEY_BYTES, sealed, unsealed
from backend.kms.versions import (
    LOOKED_UP_SECONDS,
    Version,
    accepted,
    carried,
    chained,
    in_use,
)

FOLDER: Final = "keys"
"""Where the key files of an installation lie, below its folder for data."""

_SCHEME: Final = "file:"
_ES256: Final = ECDSA(SHA256())
_COORDINATE_BYTES: Final = 32

PrivateKey = EllipticCurvePrivateKey | Ed25519PrivateKey


class FileKms:
    """Keys as files. Several nodes need one folder that all of them see."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._private: dict[str, PrivateKey] = {}
        self._secrets: dict[str, tuple[float, list[Version[bytes]]]] = {}

    def create(self, kind: KeyKind) -> str:
        private: PrivateKey = (
            generate_private_key(SECP256R1()) if kind == "p256" else Ed25519PrivateKey.generate()
        )
        pem = private.private_bytes(
            serialization.Encoding.PEM,
            serialization.PrivateFormat.PKCS8,
            serialization.NoEncryption(),
        )
        name = secrets.token_hex(16)
        _write(self._folder / f"{name}.pem", pem)
        return f"{_SCHEME}{name}"

    def public(self, reference: str) -> bytes:
        return (
            self.load(reference)
            .public_key()
            .public_bytes(
                serialization.Encoding.DER, serialization.PublicFormat.SubjectPublicKeyInfo
            )
        )

    def sign(self, reference: str, message: bytes) -> bytes:
        private = self._private.get(reference)
        if private is None:
            private = self._private[reference] = self.load(reference)
        if isinstance(private, Ed25519PrivateKey):
            return private.sign(message)
        r, s = decode_dss_signature(private.sign(message, _ES256))
        return r.to_bytes(_COORDINATE_BYTES, "big") + s.to_bytes(_COORDINATE_BYTES, "big")

    def load(self, reference: str) -> PrivateKey:
        """Return a private key that signs, which only files can give; raises `KeyUnreachable`."""
        file = self._folder / f"{reference.removeprefix(_SCHEME)}.pem"
        try:
            pem = file.read_bytes()
        except OSError as error:
            raise KeyUnreachable(f"{file}: {error.strerror}") from error
        with suppress(ValueError):  # it is cut short, or something else
            private = serialization.load_pem_private_key(pem, password=None)
            if isinstance(private, EllipticCurvePrivateKey | Ed25519PrivateKey):
                return private
        raise KeyUnreachable(f"{file} holds no key that we sign with")

    def mac(self, key: str, message: bytes) -> bytes:
        return self.macs(key, message)[0]

    def macs(self, key: str, message: bytes) -> tuple[bytes, ...]:
        return tuple(hmac.digest(version.key, message, "sha256") for version in self._accepted(key))

    def digests(self, chain: str, message: bytes) -> Digests:
        return chained(self._links(chain), _hmac, message, time.time())

    def carry(self, chain: str, digest: bytes) -> Digests:
        return carried(self._links(chain), _hmac, digest, time.time())

    def lengthen(self, chain: str) -> int:
        self._secrets.pop(chain, None)
        number = self._links(chain)[-1].number + 1
        _make_secret(self._file(chain, number))
        self._secrets.pop(chain, None)
        return number

    def is_in_use(self, chain: str, link: int) -> bool:
        links = self._links(chain)
        return links[in_use(links, time.time())].number >= link

    def wrap(self, key: str, raw: bytes, *, about: str) -> bytes:
        return sealed(self._accepted(key)[0].key, raw, about=about)

    def unwrap(self, key: str, wrapped: bytes, *, about: str) -> bytes:
        with suppress(NotSealedHere):
            return self._unwrapped(key, wrapped, about)
        self._secrets.pop(key, None)  # another process may have made a version meanwhile
        return self._unwrapped(key, wrapped, about)

    def _unwrapped(self, key: str, wrapped: bytes, about: str) -> bytes:
        known = self._versions(key)
        if not known:
            raise KeyUnreachable(f"{self._folder / key}.secret: there is no such key")
        for version in accepted(known, time.time()):
            with suppress(NotSealedHere):
                return unsealed(version.key, wrapped, about=about)
        raise NotSealedHere

    def rotate(self, key: str) -> None:
        self._secrets.pop(key, None)
        known = self._versions(key)
        number = known[-1].number + 1 if known else 1
        _make_secret(self._file(key, number))
        self._secrets.pop(key, None)
        kept = {version.number for version in accepted(self._versions(key), time.time())}
        for version in known:
            if version.number not in kept:
                self._file(key, version.number).unlink(missing_ok=True)

    def destroy(self, key: str) -> None:
        for version in self._versions(key):
            self._file(key, version.number).unlink(missing_ok=True)
        self._secrets.pop(key, None)

    def close(self) -> None:
        self._secrets.clear()

    def _accepted(self, name: str) -> list[Version[bytes]]:
        return accepted(self._links(name), time.time())

    def _links(self, name: str) -> list[Version[bytes]]:
        """Return every version of a secret. The first of all processes to ask makes it."""
        known = self._versions(name)
        if not known:
            _make_secret(self._file(name, 1))
            self._secrets.pop(name, None)
            known = self._versions(name)
        return known

    def _versions(self, name: str) -> list[Version[bytes]]:
        seen = self._secrets.get(name)
        if seen is not None and time.monotonic() - seen[0] < LOOKED_UP_SECONDS:
            return seen[1]
        found = sorted(
            self._read(path, name)
            for path in self._folder.glob(f"{name}*.secret")
            if path.stem == name or path.stem.rpartition("~")[0] == name
        )
        if found:
            self._secrets[name] = time.monotonic(), found
        return found

    def _read(self, path: Path, name: str) -> Version[bytes]:
        try:
            secret = path.read_bytes()
            made_at = path.stat().st_mtime
        except OSError as error:
            raise KeyUnreachable(f"{path}: {error.strerror}") from error
        if len(secret) != KEY_BYTES:
            raise KeyUnreachable(f"{path} holds no key of {KEY_BYTES} bytes")
        number = 1 if path.stem == name else int(path.stem.rpartition("~")[2])
        return Version(number, made_at, secret)

    def _file(self, name: str, number: int) -> Path:
        return self._folder / (f"{name}.secret" if number == 1 else f"{name}~{number}.secret")


def _hmac(key: bytes, message: bytes) -> bytes:
    return hmac.digest(key, message, "sha256")


def _make_secret(path: Path) -> None:
    draft = path.with_name(f"{path.name}.{secrets.token_hex(8)}")
    _write(draft, secrets.token_bytes(KEY_BYTES))
    # The first to come wins; a rename would let the last one win.
    with suppress(FileExistsError):
        os.link(draft, path)
    draft.unlink()


def _write(path: Path, raw: bytes) -> None:
    path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    flags = os.O_WRONLY | os.O_CREAT | os.O_EXCL
    with os.fdopen(os.open(path, flags, 0o600), "wb") as file:
        file.write(raw)
        file.flush()
        os.fsync(file.fileno())
