"""An officer's session as our own pages see it: one cookie, and a token in each of their forms."""

from collections.abc import Mapping
from datetime import datetime
from hashlib import sha256
from typing import Any, Final

import asyncpg
import msgspec
from litestar import Request

from backend.identity.authority import Authority
from backend.identity.console import repository
from backend.identity.console.repository import Entered
from backend.identity.entry import COOKIE, forgotten
from backend.identity.minting import form_token
from backend.kernel import Transaction

FORGET: Final = forgotten(COOKIE)
_OVER: Final = frozenset({"TH401", "TH403"})


class AtWork(msgspec.Struct, frozen=True, kw_only=True):
    """An officer before one of our pages."""

    officer: Entered
    name: str
    cookie: str
    expires_at: datetime

    @property
    def hash(self) -> bytes:
        """What the database knows of the cookie."""
        return sha256(self.cookie.encode()).digest()

    @property
    def csrf(self) -> str:
        """What the forms of this session carry."""
        return form_token(self.cookie)


async def at_work(tx: Transaction, request: Request[Any, Any, Any]) -> AtWork | None:
    """Return who is at work in this browser; from then on the transaction is theirs."""
    return await _entered(tx, request, None)


async def at_own_form(
    tx: Transaction, request: Request[Any, Any, Any], form: Mapping[str, str]
) -> AtWork | None:
    """Return who has sent a form of ours, made for this very session."""
    return await _entered(tx, request, sha256(form.get("csrf", "").encode()).digest())


async def _entered(
    tx: Transaction, request: Request[Any, Any, Any], form: bytes | None
) -> AtWork | None:
    cookie = cookie_of(request)
    if cookie is None:
        return None
    hashed = sha256(cookie.encode()).digest()
    try:
        async with tx.attempt():
            officer = await tx.one(repository.ENTER, hashed, form, tx.now)
    except asyncpg.PostgresError as error:
        state: Any = getattr(error, "sqlstate", None)
        if state in _OVER:
            return None
        raise
    standing = await tx.one(repository.STANDING, hashed)
    return AtWork(
        officer=officer, name=standing.name, cookie=cookie, expires_at=standing.expires_at
    )


def is_own_page(request: Request[Any, Any, Any], authority: Authority) -> bool:
    """Tell whether a browser sends this form from a page of ours, and says so.

    Our pages send no referrer, for which browsers make the origin of their forms `null`.
    """
    scope: Any = request.scope
    headers: Mapping[bytes, bytes] = scope["exchange"].headers
    if headers.get(b"sec-fetch-site") != b"same-origin":
        return False
    return headers.get(b"origin") in {b"null", authority.issuer.encode()}


def set_cookie(cookie: str) -> str:
    """Return the header that gives a browser its session."""
    return f"{COOKIE}={cookie}; Path=/; Secure; HttpOnly; SameSite=Strict"


def cookie_of(request: Request[Any, Any, Any]) -> str | None:
    """Return the one console cookie that a browser shows, good or not."""
    crumbs = [crumb.strip() for crumb in request.headers.get("cookie", "").split(";")]
    found = [crumb.partition("=")[2] for crumb in crumbs if crumb.startswith(f"{COOKIE}=")]
    return found[0] if len(found) == 1 and found[0] else None
