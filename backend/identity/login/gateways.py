"""Providers of text messages that take JSON over HTTPS, described in TOML: one table for each.

Those that speak otherwise are a module that provides `contracts.identity.SmsSender`.
"""

import asyncio
import re
import tomllib
from collections.abc import Mapping
from datetime import timedelta
from functools import lru_cache
from pathlib import Path
from typing import Any, Final
from urllib.parse import urlsplit

import msgspec

from backend.identity.outside import NamedHosts
from backend.kernel.outside import Unreachable
from contracts.identity import Accepted, Rejected, Sent, Unknown, silence

_NAME: Final = re.compile(r"[a-z][a-z0-9_]{0,31}")
_STAND_IN: Final = "file"
_UNSURE: Final = frozenset({408, 409, 425})
"""Refusals after which the message may have gone out all the same."""


class Gateway(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """One provider. Where it is described in TOML, these are its keys."""

    url: str
    key: str
    """File that holds what goes with each call, as `Authorization: Bearer …`."""
    receipts: str = ""
    """File with the secrets of its receipts (`whsec_…`), a line each; two while they change."""
    is_private: bool = False
    """Whether it stands in a network of our own, and may be called without TLS there."""

    def __post_init__(self) -> None:
        """Refuse an address that could not be called."""
        parts = urlsplit(self.url)
        allowed = {"http", "https"} if self.is_private else {"https"}
        if parts.scheme not in allowed or not parts.hostname:
            raise ValueError("`url` must be https, or `is_private` true")


@lru_cache(maxsize=8)
def gateways(text: str) -> Mapping[str, Gateway]:
    """Return name → provider. Raises ValueError for a description that does not fit."""
    try:
        tables: Mapping[str, Any] = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        raise ValueError(f"TINHS_IDENTITY_SMS_GATEWAYS: {error}") from error
    found: dict[str, Gateway] = {}
    for name, table in tables.items():
        if not _NAME.fullmatch(name) or name == _STAND_IN:
            raise ValueError(f"TINHS_IDENTITY_SMS_GATEWAYS: {name} cannot be a name")
        try:
            found[name] = msgspec.convert(table, Gateway)
        except (msgspec.ValidationError, ValueError) as error:
            raise ValueError(f"TINHS_IDENTITY_SMS_GATEWAYS: [{name}] {error}") from error
    return found


class Message(msgspec.Struct, frozen=True, kw_only=True):
    """What such a provider is sent; `ref` makes a second call the same message."""

    to: str
    text: str
    ref: str
    ttl_seconds: int


class Taken(msgspec.Struct, frozen=True, kw_only=True):
    """What it answers when it has taken the message: the name it has there."""

    ref: str


class HttpSmsSender:
    """Sends by one of these providers."""

    def __init__(self, name: str, gateway: Gateway) -> None:
        self.name, self._gateway = name, gateway
        host = urlsplit(gateway.url).hostname or ""
        self._outside = NamedHosts({host}, is_dev=gateway.is_private)

    async def send(self, to: str, text: str, *, ref: str, ttl: timedelta) -> Sent:
        """Send one message. Says `Unknown` when the provider may have got it and did not say."""
        message = Message(to=to, text=text, ref=ref, ttl_seconds=int(ttl.total_seconds()))
        try:
            key = (await asyncio.to_thread(Path(self._gateway.key).read_text)).strip()
            headers = {
                "Authorization": f"Bearer {key}",
                "Content-Type": "application/json",
                "Idempotency-Key": ref,
            }
            answer = await self._outside.post(
                self._gateway.url, msgspec.json.encode(message), headers
            )
        except Unreachable as error:
            return silence(was_sent=error.was_sent)
        except OSError:  # the file with the key
            return silence(was_sent=False)
        if answer.is_good:
            try:
                return Accepted(ref=msgspec.json.decode(answer.body, type=Taken).ref)
            except (msgspec.MsgspecError, ValueError):
                return Accepted(ref=ref)
        if 400 <= answer.status < 500 and answer.status not in _UNSURE:
            return Rejected()
        return Unknown()
