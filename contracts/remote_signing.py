"""Providers that keep people's keys: a person confirms there, and a hash comes back signed.

What leaves the house are SHA-256 hashes, the person's own number, and a line that tells the person
what it is about; never a document. Whoever provides a signer is made with the asking transaction,
and called outside of it. How providers speak: Cloud Signature Consortium, API 2.0.
"""

from typing import Annotated, Literal, Protocol, TypeAlias

import msgspec
from msgspec import Meta

from contracts.plural import plural

Algorithm: TypeAlias = Literal["PS256", "ES256", "RS256"]
"""As RFC 7518 §3.1 names them, the one that we rather have first; all over SHA-256."""

Handle = Annotated[str, Meta(min_length=1, max_length=500)]
"""The name that a request for signatures has at the provider."""


class Credential(msgspec.Struct, frozen=True, kw_only=True):
    """A key of a person's at the provider, and who vouches for it."""

    id: Annotated[str, Meta(min_length=1, max_length=200)]
    certificates: Annotated[tuple[bytes, ...], Meta(min_length=1, max_length=8)]
    """In DER: the person's own first, then those above it, as the provider tells them: whether
    they count is another question."""
    algorithms: Annotated[tuple[Algorithm, ...], Meta(min_length=1)]
    """What the key signs with, in the order of `Algorithm`."""
    signatures_max: Annotated[int, Meta(ge=1)]
    """So many hashes are signed by one confirmation."""


class HashesToSign(msgspec.Struct, frozen=True, kw_only=True):
    """What a person is asked to sign by one confirmation."""

    ref: str
    """Ours: at most 36 printable ASCII characters. Whoever can tell takes a second request with
    the same one for the same."""
    credential: str
    algorithm: Algorithm
    hashes: Annotated[tuple[bytes, ...], Meta(min_length=1, max_length=50)]
    """SHA-256, 32 bytes each."""
    about: str
    """What the provider shows to the person; nothing of what stands in a document."""


class Credentials(msgspec.Struct, frozen=True, kw_only=True):
    """The keys of a person that can sign now; there may be none."""

    items: tuple[Credential, ...]


class Begun(msgspec.Struct, frozen=True, kw_only=True):
    """The person is asked; poll with this handle from now on, in the place of any before."""

    handle: Handle


class Confirmed(msgspec.Struct, frozen=True, kw_only=True):
    """The person has said yes, and nothing is signed yet: poll with this handle for the rest.

    It is written down first, for what is confirmed once may be signed just once; so an answer that
    is lost on the way is told from a person who said no.
    """

    handle: Annotated[str, Meta(min_length=1, max_length=8300)]
    """A secret: whoever has it and is us may have these very hashes signed."""


class HashesSigned(msgspec.Struct, frozen=True, kw_only=True):
    """The person has confirmed. What these bytes are worth is for the caller to find out."""

    values: tuple[bytes, ...]
    """In the order of the hashes: RSA as in RFC 8017, ECDSA as r and s of 32 bytes each."""


class Rejected(msgspec.Struct, frozen=True, kw_only=True):
    """There will be no signatures: the person said no or not in time, or the provider never will.

    A provider of CSC's API does not tell one from the other.
    """


class Unanswered(msgspec.Struct, frozen=True, kw_only=True):
    """The provider is away, or says what nobody can read: ask again."""


@plural
class RemoteSigner(Protocol):
    """One provider of keys. It answers, and never raises."""

    name: str
    """For ever: certificates are kept under it. Lower-case letters, digits and hyphens."""

    async def credentials(self, user: str) -> Credentials | Rejected | Unanswered:
        """Return the keys of the person with this personal number (twelve digits)."""
        ...

    async def start(self, request: HashesToSign) -> Begun | Rejected | Unanswered:
        """Let the provider ask the person, on their own device, to confirm."""
        ...

    async def poll(
        self, request: HashesToSign, handle: str
    ) -> Begun | Confirmed | HashesSigned | Rejected | Unanswered:
        """Return the signatures once the person has confirmed, and `Begun` until then.

        After an answer that was lost a second call gives the same, or is `Rejected`: what was
        confirmed once is signed once.
        """
        ...
