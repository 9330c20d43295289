"""What every store of keys can do. The database knows keys by reference or by name alone."""

from typing import Literal, NamedTuple, Protocol, TypeAlias

KeyKind: TypeAlias = Literal["p256", "ed25519"]


class KeyUnreachable(Exception):
    """A key does not lie where this process can reach it."""


class NotSealedHere(Exception):
    """These bytes were not sealed with that key, or not about that thing."""


class Digests(NamedTuple):
    """What one number is found by: its digest under each link of a chain of secrets."""

    value: bytes
    """By the link in use: what is written."""
    known: tuple[bytes, ...]
    """By every link, the first one first: what is looked for."""

    @property
    def first(self) -> bytes:
        """What never changes with the links: good for locks, and never written."""
        return self.known[0]


class Kms(Protocol):
    """Makes keys and uses them; the secret ones it never gives away.

    Keys that sign have references, which say what store they are in. Secret keys have names, and
    are made at the first use. A secret that was rotated has two versions: a fresh one is accepted
    everywhere for a minute before anybody uses it, and the one before is accepted for as long as
    there is no third.

    Secrets that index numbers are chains: the digest by a link is made of the digest by the link
    before. So rows are carried over without knowing the number, and whoever learned an old link
    still cannot guess.
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

    def digests(self, chain: str, message: bytes) -> Digests:
        """Return the digests of a message: 16 bytes by the first link, 17 by a later one.

        A fresh link rests like a fresh version; none is ever forgotten.
        """
        ...

    def carry(self, chain: str, digest: bytes) -> Digests:
        """Return what a digest is by its own link and by every later one.

        Raises `NotSealedHere` for a digest of no link of this chain.
        """
        ...

    def lengthen(self, chain: str) -> int:
        """Add a link; return its number."""
        ...

    def is_in_use(self, chain: str, link: int) -> bool:
        """Tell whether a link has rested."""
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

    def close(self) -> None:
        """Hold nothing that a fork would inherit; the next use opens it again."""
        ...
