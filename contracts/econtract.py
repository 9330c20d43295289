"""Licensed providers of electronic contracts, who certify what both sides have signed.

A contract is complete with both signatures, their timestamps and such a certification (Decree
337/2025/NĐ-CP); the platform then numbers it (Circular 08/2026/TT-BNV). Whoever provides a provider
is made with the asking transaction, and called outside of it.
"""

from typing import Annotated, Protocol, TypeAlias

import msgspec
from msgspec import Meta

from contracts.documents import Code
from contracts.plural import plural

PlatformNumber = Annotated[str, Meta(pattern=r"^[A-Z0-9][A-Z0-9./-]{5,39}$")]
"""What the platform of electronic labour contracts calls a contract, for ever."""

Token = Annotated[str, Meta(min_length=1, max_length=200)]
"""By which a provider is asked again."""


class ContractPackage(msgspec.Struct, frozen=True, kw_only=True):
    """What both have signed, in one file, as anybody can verify it without us."""

    ref: str
    """A second call with the same one is the same contract, at most 60 printable ASCII letters."""
    code: str
    """How the document is called: `HD-26-7K3QF9TM4-X`."""
    platform_number: PlatformNumber | None = None
    """Of the contract on which this hangs, where it is an annex to one that is numbered."""
    package: bytes
    """`package.zip`: the PDF, the signed data and all evidence."""


class Certified(msgspec.Struct, frozen=True, kw_only=True):
    """The provider stands by it: under its own number, and by now perhaps under the platform's."""

    certificate: Code
    platform_number: PlatformNumber | None = None
    token: Token


class Taken(msgspec.Struct, frozen=True, kw_only=True):
    """The provider has it and will say more: ask again by the token."""

    token: Token


class Declined(msgspec.Struct, frozen=True, kw_only=True):
    """The provider says that it will never certify this as it is: a person has to look."""


class Unanswered(msgspec.Struct, frozen=True, kw_only=True):
    """Nobody can say whether the provider has it: try again with the same `ref`."""


ProviderAnswer: TypeAlias = Certified | Taken | Declined | Unanswered


@plural
class EContractProvider(Protocol):
    """One licensed provider. It answers, and never raises."""

    name: str
    """For ever: contracts are kept under it. Lower-case letters, digits and hyphens."""

    async def submit(self, package: ContractPackage) -> ProviderAnswer:
        """Hand a contract over. The same `ref` again is the same contract, and no second one."""
        ...

    async def poll(self, token: str) -> ProviderAnswer:
        """Return what has become of it; never `Declined` by anything but the provider's word."""
        ...
