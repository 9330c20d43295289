"""Keys of the installation, used and never given away."""

from typing import Literal, Protocol


class SecretKeys(Protocol):
    """Keys known by name, made at the first use, lying outside the database and its backups.

    Pure of statements: it may be asked from a `Snapshot` too.
    """

    def mac(self, name: str, message: bytes) -> bytes:
        """Return HMAC-SHA-256 (RFC 2104, 32 bytes) of the message under the key of that name.

        `name` is `<module>-<what-for>`, such as `feedback-tracking`; names are for ever, for what
        was made under one key is unknown under another. Raises what the key service raises when
        the key does not lie where this process can reach it.
        """
        ...


class SigningKeys(Protocol):
    """Private keys that sign, in files of a developer or in a hardware module; none ever leaves.

    The database knows them by reference. Pure of statements.
    """

    def create(self, kind: Literal["p256", "ed25519"]) -> str:
        """Return the reference of a fresh key."""
        ...

    def public(self, reference: str) -> bytes:
        """Return the public part (SubjectPublicKeyInfo, DER)."""
        ...

    def sign(self, reference: str, message: bytes) -> bytes:
        """Return 64 bytes: `r || s` over SHA-256 (FIPS 186-5), or Ed25519 (RFC 8032).

        Raises what the key service raises when the key does not lie where this process can reach
        it.
        """
        ...
