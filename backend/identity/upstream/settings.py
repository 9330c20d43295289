"""Identity providers as an installation describes them, in TOML: one table for each."""

import re
import tomllib
from collections.abc import Mapping
from functools import lru_cache
from typing import Annotated, Any, Final, Literal
from urllib.parse import urlsplit

import msgspec
from msgspec import Meta

_NAME: Final = re.compile(r"[a-z][a-z0-9_]{0,31}")
_RESERVED: Final = frozenset({"phone", "passkey"})
_LEVELS: Final = frozenset({1, 2})


class Claims(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """How the provider calls what we understand. What is not named is not looked at."""

    level: str = ""
    """How well it knows the person; `level_map` says what its values are worth."""
    name: str = ""
    birth: str = ""
    birth_format: str = "%Y%m%d"
    number: str = ""
    """The personal number of twelve digits."""


class Upstream(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """One identity provider. Where it is described in TOML, these are its keys."""

    title: Annotated[str, Meta(min_length=1, max_length=40)]
    """What the page calls it."""
    expected_issuer: str
    """`iss` of its tokens, which need not be its public host."""
    client_id: str
    client_key: str
    """File of our private key, PEM (EC P-256 or RSA); or, as `client_auth` says, of our secret."""
    client_auth: Literal["private_key_jwt", "client_secret_basic"] = "private_key_jwt"
    discovery: str = ""
    """Address of its metadata; else `authorize`, `token` and `jwks`."""
    authorize: str = ""
    token: str = ""
    jwks: str = ""
    par: str = ""
    """Where requests are pushed to; empty when they are not. With `discovery`, it tells."""
    hosts: tuple[str, ...] = ()
    """Hosts that its metadata may name, beside those named here."""
    scope: str = "openid"
    algorithms: tuple[Literal["RS256", "ES256"], ...] = ("RS256", "ES256")
    pkce: bool = True
    nonce: bool = True
    fresh: Literal["auth_time", "each_round"] = "auth_time"
    """How we know that the person was there just now: `auth_time` says so, or, by agreement, the
    provider asks them at each round."""
    claims: Claims = Claims()
    level_map: Mapping[str, int] = {}
    """Value of the claim `level` → 1 or 2; without such a claim, `""` → what it is worth."""

    @property
    def pinned(self) -> frozenset[str]:
        """Every host that may be called for it."""
        urls = (self.discovery, self.authorize, self.token, self.jwks, self.par)
        found = {urlsplit(url).hostname for url in urls if url}
        return frozenset({*self.hosts, *(host for host in found if host)})

    def __post_init__(self) -> None:
        """Refuse what could only be found out when somebody signs in."""
        if not self.discovery and not (self.authorize and self.token and self.jwks):
            raise ValueError("give `discovery`, or `authorize`, `token` and `jwks`")
        if not self.level_map or not _LEVELS.issuperset(self.level_map.values()):
            raise ValueError("`level_map` turns values of the claim into 1 or 2")
        if not self.claims.level and set(self.level_map) != {""}:
            raise ValueError('without `claims.level`, `level_map` has one key, ""')
        if "openid" not in self.scope.split():
            raise ValueError("`scope` must contain openid: the ID token is what we look at")


@lru_cache(maxsize=8)
def described(text: str) -> Mapping[str, Upstream]:
    """Return name → provider. Raises ValueError for a description that does not fit."""
    try:
        tables: Mapping[str, Any] = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        raise ValueError(f"TINHS_IDENTITY_UPSTREAMS: {error}") from error
    found: dict[str, Upstream] = {}
    for name, table in tables.items():
        if not _NAME.fullmatch(name) or name in _RESERVED:
            raise ValueError(f"TINHS_IDENTITY_UPSTREAMS: {name} cannot be a name")
        try:
            found[name] = msgspec.convert(table, Upstream)
        except (msgspec.ValidationError, ValueError) as error:
            raise ValueError(f"TINHS_IDENTITY_UPSTREAMS: [{name}] {error}") from error
    return found
