"""What every store of keys can do. The database knows keys by reference or by name alone."""

from typing import Literal, Protocol, TypeAlias

KeyKind: TypeAlias = Literal["p256", "ed25519"]


class KeyUnreachable(Exception):
    """A key does not lie where this process can reach it."""


class NotSealedHere(Exception):
    """These bytes were not sealed with that key, or not about that thing."""


class Kms(Protocol):
    """Makes keys and uses them; the secret ones it never gives away.

    Keys that sign have references, which say what store they are in. Secret keys have names, and
    are made at the first use. A secret that was rotated has two versions: a fresh one is accepted
    everywhere for a minute before anybody uses it, and the one before is accepted for as long as
    there is no third.
    """

    def create(self, kind: KeyKind) -> str:
        """Return the reference of a fresh key that signs."""
        ...

    def public(self, reference: str) -> bytes:
        """Return the public part (SubjectPublicKeyInfo, DER). Raises `KeyUnreachable`."""
        ...

    def sign(self, reference: str, message: bytes) -> bytes:
        """Return 64 bytes: `r || s` over SHA-256 (FIPS 186-5), or Ed25519 (RFC 8032).

        Raises `KeyUnreachable`.
        """
        ...

    def mac(self, key: str, message: bytes) -> bytes:
        """Return HMAC-SHA-256 of the message under the secret of that name."""
        ...

    def macs(self, key: str, message: bytes) -> tuple[bytes, ...]:
        """Return the same under each version that is accepted now, the one in use first."""
        ...

    def wrap(self, key: str, raw: bytes, *, about: str) -> bytes:
        """Seal bytes with an authenticated cipher; they open only as being `about` the same."""
        ...

    def unwrap(self, key: str, wrapped: bytes, *, about: str) -> bytes:
        """Return what was sealed. Raises `NotSealedHere`, or `KeyUnreachable` without the key."""
        ...

    def rotate(self, key: str) -> None:
        """Make a fresh version of a secret, and forget those before the one that is in use."""
        ...

    def destroy(self, key: str) -> None:
        """Forget a secret, all of it: what it has sealed is lost for good."""
        ...
