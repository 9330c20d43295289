"""Settings, read from `TINHS_LABOUR_CONTRACTS_*`."""

from collections.abc import Mapping
from functools import lru_cache
from typing import Annotated, ClassVar, Final

import msgspec
from msgspec import Meta

from backend.kernel import Secret, described

STAND_IN: Final = "file"
"""Of a provider that is a folder: how its `url` begins. The host refuses it in production."""


class DescribedProvider(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A licensed eContract provider, as the settings describe it."""

    url: Annotated[
        str,
        Meta(
            pattern=r"^(https://[^\s]+|http://(localhost|127\.0\.0\.1)(:\d+)?(/[^\s]*)?"
            r"|file(:(slow|away|unwilling))?)$"
        ),
    ]
    """Where it takes contracts; `file` for the stand-in."""
    api_key: str = ""
    client_id: str = ""
    """Its program among our partners, if it tells us events by itself."""


class Settings(msgspec.Struct, frozen=True, kw_only=True):
    """Who certifies contracts, and who is told when nobody does."""

    providers: Annotated[
        Secret,
        Meta(
            description="Licensed eContract providers, as TOML: a table for each, the first for"
            " contracts that name none (docs/guide/labour-contracts.md). Best kept in a file: add"
            " `_FILE` to the name; `file` writes into `TINHS_DATA_DIR/econtract` and is refused in"
            " production."
        ),
    ] = Secret("")
    econtract_licence: Annotated[
        str,
        Meta(
            pattern=r"^([0-9A-Za-z][0-9A-Za-z./-]{2,59})?$",
            description="The operator's own licence to provide electronic contracts, by its"
            " number: what is signed here alone is certified by it, and by nobody without one.",
        ),
    ] = ""
    province: Annotated[
        str,
        Meta(
            pattern="^[0-9]{2}$",
            description="The province whose keepers of trust are told when a contract has not been"
            " certified in time.",
        ),
    ] = "38"

    def __post_init__(self) -> None:
        """Refuse providers that could only be found to be none when a contract goes to them."""
        _ = self.described_providers

    @property
    def described_providers(self) -> Mapping[str, DescribedProvider]:
        """Name → provider. Raises ValueError for a description that does not fit."""
        return _described(self.providers.reveal())

    def teller(self, client_id: str) -> str:
        """Return the provider whose program this is; else a name that no provider can have."""
        described = self.described_providers.items()
        names = (name for name, each in described if each.client_id == client_id)
        return next(names, f"@{client_id}")

    at_home: ClassVar[Mapping[str, str]] = {"providers": f'[try-out]\nurl = "{STAND_IN}"'}
    """Contracts of the demo province are certified by a folder."""

    @property
    def stand_ins(self) -> tuple[str, ...]:
        """Settings that name something that only seems to certify."""
        named = self.described_providers.values()
        return ("providers",) if any(each.url.startswith(STAND_IN) for each in named) else ()


@lru_cache(maxsize=8)
def _described(text: str) -> Mapping[str, DescribedProvider]:
    return described("TINHS_LABOUR_CONTRACTS_PROVIDERS", text, DescribedProvider)
