"""Keys in a hardware module, which never leave it (PKCS#11 2.40, through `python-pkcs11`).

A module has no AES-GCM-SIV, so it wraps with AES-256-GCM under nonces drawn at random: good for
2^32 wrappings of one key (NIST SP 800-38D §8.3), and the keys that wrap live for a week.
"""

import secrets
import threading
import time
from contextlib import suppress
from typing import Any, Final

import pkcs11
from asn1crypto.core import OctetString
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
from pkcs11 import Attribute, KeyType, Mechanism, MechanismFlag, ObjectClass
from pkcs11.mechanisms import GCMParams
from pkcs11.util.ec import encode_ec_public_key, encode_named_curve_parameters

from backend.kms.boundary import Digests, KeyKind, KeyUnreachable, NotSealedHere
from backend.kms.sealing import NONCE_BYTES
from backend.kms.versions import (
    LOOKED_UP_SECONDS,
    Version,
    accepted,
    carried,
    chained,
    in_use,
)

_SCHEME: Final = "pkcs11:"
_CURVES: Final = {
    "p256": (KeyType.EC, "secp256r1"),
    "ed25519": (KeyType.EC_EDWARDS, "1.3.101.112"),
}
_DIGEST: Final = Mechanism.SHA256
_AWAY: Final = (pkcs11.PKCS11Error, OSError, RuntimeError)


class Pkcs11Kms:
    """The token of one hardware module. A session is for one thread at a time."""

    def __init__(self, library: str, token: str, pin: str) -> None:
        self._library, self._token, self._pin = library, token, pin
        self._turn = threading.RLock()
        self._secrets: dict[str, tuple[float, list[Version[Any]]]] = {}
        self._private: dict[str, Any] = {}
        self._begun: Any = self._begin()

    @property
    def _session(self) -> Any:
        if self._begun is None:
            self._begun = self._begin()
        return self._begun

    def _begin(self) -> Any:
        try:
            found = pkcs11.lib(self._library).get_token(token_label=self._token)
            try:
                return found.open(rw=True, user_pin=self._pin)
            except pkcs11.UserAlreadyLoggedIn:  # by another session of this process
                return found.open(rw=True)
        except _AWAY as error:
            why = type(error).__name__
            raise KeyUnreachable(f"{self._library}: {why} for the token {self._token}") from error

    def close(self) -> None:
        with self._turn:
            if self._begun is None:
                return
            self._secrets.clear()
            self._private.clear()
            self._begun.close()
            self._begun = None
            pkcs11.lib(self._library).finalize()

    def create(self, kind: KeyKind) -> str:
        key_type, curve = _CURVES[kind]
        label = secrets.token_hex(16)
        with self._turn:
            self._session.create_domain_parameters(
                key_type, {Attribute.EC_PARAMS: encode_named_curve_parameters(curve)}, local=True
            ).generate_keypair(store=True, label=label)
        return f"{_SCHEME}{label}"

    def public(self, reference: str) -> bytes:
        with self._turn:
            key = self._object(reference, ObjectClass.PUBLIC_KEY)
            if key.key_type is KeyType.EC_EDWARDS:
                raw = OctetString.load(bytes(key[Attribute.EC_POINT])).native
                return Ed25519PublicKey.from_public_bytes(raw).public_bytes(
                    serialization.Encoding.DER, serialization.PublicFormat.SubjectPublicKeyInfo
                )
            return encode_ec_public_key(key)

    def sign(self, reference: str, message: bytes) -> bytes:
        with self._turn:
            key = self._private.get(reference)
            if key is None:
                key = self._object(reference, ObjectClass.PRIVATE_KEY)
                self._private[reference] = key
            if key.key_type is KeyType.EC_EDWARDS:
                return key.sign(message, mechanism=Mechanism.EDDSA)
            return key.sign(
                self._session.digest(message, mechanism=_DIGEST), mechanism=Mechanism.ECDSA
            )

    def mac(self, key: str, message: bytes) -> bytes:
        return self.macs(key, message)[0]

    def macs(self, key: str, message: bytes) -> tuple[bytes, ...]:
        with self._turn:
            return tuple(
                _hmac(version.key, message)
                for version in self._accepted(key, KeyType.GENERIC_SECRET)
            )

    def digests(self, chain: str, message: bytes) -> Digests:
        with self._turn:
            return chained(self._links(chain), _hmac, message, time.time())

    def carry(self, chain: str, digest: bytes) -> Digests:
        with self._turn:
            return carried(self._links(chain), _hmac, digest, time.time())

    def lengthen(self, chain: str) -> int:
        with self._turn:
            self._secrets.pop(chain, None)
            number = self._links(chain)[-1].number + 1
            self._generate(chain, number, KeyType.GENERIC_SECRET)
            return number

    def is_in_use(self, chain: str, link: int) -> bool:
        with self._turn:
            links = self._links(chain)
            return links[in_use(links, time.time())].number >= link

    def wrap(self, key: str, raw: bytes, *, about: str) -> bytes:
        nonce = secrets.token_bytes(NONCE_BYTES)
        with self._turn:
            secret = self._accepted(key, KeyType.AES)[0].key
            return nonce + secret.encrypt(
                raw, mechanism=Mechanism.AES_GCM, mechanism_param=GCMParams(nonce, about.encode())
            )

    def unwrap(self, key: str, wrapped: bytes, *, about: str) -> bytes:
        with self._turn:
            with suppress(NotSealedHere):
                return self._unwrapped(key, wrapped, about)
            self._secrets.clear()  # another process may have made a version meanwhile
            return self._unwrapped(key, wrapped, about)

    def rotate(self, key: str) -> None:
        with self._turn:
            self._secrets.clear()
            known = self._versions(key)
            for kind in {version.key.key_type for version in known} or {KeyType.AES}:
                self._generate(key, known[-1].number + 1 if known else 1, kind)
            kept = {version.number for version in accepted(self._versions(key), time.time())}
            for version in known:
                if version.number not in kept:
                    version.key.destroy()
            self._secrets.clear()

    def destroy(self, key: str) -> None:
        with self._turn:
            self._secrets.clear()
            for version in self._versions(key):
                version.key.destroy()
            self._secrets.clear()

    def _unwrapped(self, key: str, wrapped: bytes, about: str) -> bytes:
        known = self._versions(key)
        if not known:
            raise KeyUnreachable(f"{key}: there is no such key in the module")
        if len(wrapped) <= NONCE_BYTES:
            raise NotSealedHere
        params = GCMParams(wrapped[:NONCE_BYTES], about.encode())
        for version in accepted(known, time.time()):
            # Modules differ in what they call a wrong tag.
            with suppress(pkcs11.PKCS11Error):
                return version.key.decrypt(
                    wrapped[NONCE_BYTES:], mechanism=Mechanism.AES_GCM, mechanism_param=params
                )
        raise NotSealedHere

    def _accepted(self, name: str, kind: KeyType) -> list[Version[Any]]:
        """Return the versions of a secret; the first to ask makes it."""
        if not self._versions(name):
            self._generate(name, 1, kind)
        return accepted(self._versions(name), time.time())

    def _links(self, chain: str) -> list[Version[Any]]:
        """Return every link of a chain; of two made at once, the first."""
        if not self._versions(chain):
            self._generate(chain, 1, KeyType.GENERIC_SECRET)
        found: dict[int, Version[Any]] = {}
        for version in self._versions(chain):
            found.setdefault(version.number, version)
        return list(found.values())

    def _generate(self, name: str, number: int, kind: KeyType) -> None:
        flags = (
            MechanismFlag.ENCRYPT | MechanismFlag.DECRYPT
            if kind is KeyType.AES
            else MechanismFlag.SIGN | MechanismFlag.VERIFY
        )
        self._session.generate_key(
            kind,
            256,
            label=f"{name}~{number}@{int(time.time())}",
            store=True,
            capabilities=flags,
        )
        self._secrets.pop(name, None)

    def _versions(self, name: str) -> list[Version[Any]]:
        """Return the versions of a secret; their labels say number and age."""
        seen = self._secrets.get(name)
        if seen is not None and time.monotonic() - seen[0] < LOOKED_UP_SECONDS:
            return seen[1]
        found: list[Version[Any]] = []
        for key in self._session.get_objects({Attribute.CLASS: ObjectClass.SECRET_KEY}):
            stem, _, rest = key.label.rpartition("~")
            number, _, made_at = rest.partition("@")
            if stem == name:
                found.append(Version(int(number), float(made_at), key))
        found.sort(key=lambda version: (version.number, version.made_at))
        if found:
            self._secrets[name] = time.monotonic(), found
        return found

    def _object(self, reference: str, kind: ObjectClass) -> Any:
        label = reference.removeprefix(_SCHEME)
        try:
            return self._session.get_key(object_class=kind, label=label)
        except _AWAY as error:
            raise KeyUnreachable(f"{reference}: {type(error).__name__}") from error


def _hmac(key: Any, message: bytes) -> bytes:
    return key.sign(message, mechanism=Mechanism.SHA256_HMAC)
