"""Keys of the installation, used and never given away."""

from collections.abc import Collection, Mapping
from typing import Literal, Protocol
from uuid import UUID


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


class NotOpened(Exception):
    """These bytes were not sealed with that key, or not about that thing."""


class DataKey(Protocol):
    """The key of one thing: AES-256-GCM-SIV (RFC 8452), in memory for as long as it is used."""

    def seal(self, raw: bytes, *, about: str) -> bytes:
        """Return bytes that open only as being `about` the same: `schema.table.column id`."""
        ...

    def open(self, sealed: bytes, *, about: str) -> bytes:
        """Return what was sealed. Raises `NotOpened`."""
        ...


class DataKeys(Protocol):
    """A key of its own for each thing that is one day forgotten as a whole.

    A document, a visit, a sheet belongs to several people at once, so no single person's `Vault`
    can close it. The database knows the keys wrapped by one that lies outside of it. Destroying a
    key makes unreadable what it has sealed, wherever that was copied to; a backup of the database
    forgets the key when it is thrown away itself.

    However many things are asked about, it is a statement or two: ask for thousands at most. Who
    looks, and whether they may, is for the module to say: a key is no permission.
    """

    async def given(self, things: Collection[UUID]) -> Mapping[UUID, DataKey]:
        """Return the key of each, made where there is none yet. Ask a `Transaction`.

        One whose key was destroyed is missing: nothing can be sealed for it again.
        """
        ...

    async def of(self, things: Collection[UUID]) -> Mapping[UUID, DataKey]:
        """Return the keys that there are, without those that were destroyed."""
        ...

    async def destroy(self, things: Collection[UUID]) -> None:
        """Forget the keys of these, for good."""
        ...
