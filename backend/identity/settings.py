"""Settings of sign-in."""

import re
from ipaddress import ip_network
from typing import Annotated, Final

import msgspec
from msgspec import Meta

from backend.identity.login.gateways import gateways
from backend.identity.upstream.settings import described

_ANDROID_APP: Final = re.compile(r"[A-Za-z][\w.]{1,200}:[0-9A-F]{2}(:[0-9A-F]{2}){31}")
_APPLE_APP: Final = re.compile(r"[A-Z0-9]{10}\.[A-Za-z0-9.-]{1,200}")

STAND_IN: Final = "file"
"""The sender that writes messages into a folder; the host refuses it in production."""


class Settings(msgspec.Struct, frozen=True, kw_only=True):
    """How citizens sign in."""

    login_methods: Annotated[
        tuple[str, ...],
        Meta(description="Ways to sign in: `phone`, `passkey`, and names of `upstreams`."),
    ] = ("phone", "passkey")
    android_apps: Annotated[
        tuple[str, ...],
        Meta(
            description="Our apps for Android, which may claim our addresses and use passkeys:"
            " `vn.example.app:AB:CD:…`, package and SHA-256 of its certificate."
        ),
    ] = ()
    apple_apps: Annotated[
        tuple[str, ...],
        Meta(description="The same for iOS: `TEAM123456.vn.example.app`."),
    ] = ()
    upstreams: Annotated[
        str,
        Meta(
            description="Identity providers of somebody else, as TOML: a table for each"
            " (docs/guide/an-identity-provider.md). Best kept in a file: add `_FILE` to the name."
        ),
    ] = ""
    app_redirect_uris: Annotated[
        tuple[str, ...],
        Meta(description="Addresses claimed by our own app, to which it is sent back."),
    ] = ()
    sms_senders: Annotated[
        tuple[str, ...],
        Meta(
            description="Who sends text messages, the first choice first; `file` writes them to"
            " `TINHS_DATA_DIR/outbox` and is refused in production."
        ),
    ] = ()
    sms_gateways: Annotated[
        str,
        Meta(
            description="Providers of text messages that take JSON over HTTPS, as TOML: a table for"
            " each (docs/guide/text-messages.md). Best kept in a file: add `_FILE` to the name."
        ),
    ] = ""
    sms_per_hour: Annotated[
        int, Meta(ge=1, description="Text messages that the whole province may cause in an hour.")
    ] = 5_000
    sms_per_day: Annotated[
        int, Meta(ge=1, description="Text messages that the whole province may cause in a day.")
    ] = 40_000
    sms_work_from_percent: Annotated[
        int,
        Meta(
            ge=0,
            le=100,
            description="How much of either budget may be used up before browsers have to compute"
            " for each further message; 100 for never.",
        ),
    ] = 80
    carrier_networks: Annotated[
        tuple[str, ...],
        Meta(description="Networks of carriers behind which thousands share an address."),
    ] = ()

    def __post_init__(self) -> None:
        """Refuse what could only be found out when somebody signs in."""
        known = described(self.upstreams)
        for method in self.login_methods:
            if method not in known and method not in {"phone", "passkey"}:
                raise ValueError(f"TINHS_IDENTITY_LOGIN_METHODS: nobody knows {method}")
        gateways(self.sms_gateways)
        self._require_apps()
        for network in self.carrier_networks:
            try:
                ip_network(network)
            except ValueError as error:
                raise ValueError(f"TINHS_IDENTITY_CARRIER_NETWORKS: {error}") from error
        for uri in self.app_redirect_uris:
            if not uri.startswith("https://"):
                raise ValueError(f"TINHS_IDENTITY_APP_REDIRECT_URIS: {uri} is not https")

    def _require_apps(self) -> None:
        for app in self.android_apps:
            if not _ANDROID_APP.fullmatch(app):
                raise ValueError(f"TINHS_IDENTITY_ANDROID_APPS: {app} is not package:SHA-256")
        for app in self.apple_apps:
            if not _APPLE_APP.fullmatch(app):
                raise ValueError(f"TINHS_IDENTITY_APPLE_APPS: {app} is not TEAM.bundle")
