"""`POST /oauth/par` (RFC 9126): an app says what it wants before the browser opens."""

import re
import secrets
from datetime import timedelta
from hashlib import sha256
from typing import Final
from urllib.parse import urlsplit

import msgspec

from backend.identity.minting import APP
from backend.identity.oauth import repository
from backend.identity.oauth.call import Call
from backend.identity.oauth.clients import client_of
from backend.identity.oauth.errors import (
    InvalidProof,
    InvalidRequest,
    InvalidScope,
    LoginRequired,
    UnauthorizedClient,
    UnsupportedResponseType,
)
from backend.identity.oauth.repository import Client, Wanted
from backend.identity.settings import Settings
from backend.kernel import Scope, Transaction

URN: Final = "urn:ietf:params:oauth:request_uri:"
OPENID: Final = "openid"
"""Asks for an ID token beside the access token; opens no door."""
EVERYTHING: Final = "*"
"""In a client's list: all that a citizen may do in the modules that are installed."""

_LIFE: Final = timedelta(seconds=60)
_CHALLENGE: Final = re.compile(r"[A-Za-z0-9_-]{43}")
_TEXT: Final = re.compile(r"[\x20-\x7e]{0,512}")
_LOOPBACK: Final = frozenset({"127.0.0.1", "::1", "localhost"})


class Answer(msgspec.Struct, frozen=True, kw_only=True):
    """Where the browser is to be sent with: good once, for a minute."""

    request_uri: str
    expires_in: int = int(_LIFE.total_seconds())


async def push(call: Call) -> Answer:
    """Keep what an app wants, and return a reference to it."""
    client = await client_of(call)
    if client.kind != "app":
        raise UnauthorizedClient("only our own app signs people in")
    reference = secrets.token_urlsafe(32)
    async with call.authority.transaction() as tx:
        wanted = _wanted(tx, call, client)
        jkt = await _bound_to(tx, call)
        await tx.run(
            repository.PUSH,
            digest(reference),
            client.id,
            msgspec.to_builtins(wanted),
            jkt,
            tx.now + _LIFE,
        )
    return Answer(request_uri=URN + reference)


def digest(reference: str) -> bytes:
    """Return what the database keeps of something that only its holder may know."""
    return sha256(reference.encode()).digest()


def granted(scopes: tuple[Scope, ...], client: Client) -> frozenset[str]:
    """Return the names of all that this client may ask for."""
    kind = "partner" if client.kind == "partner" else "citizen"
    offered = frozenset(scope.name for scope in scopes if kind in scope.kinds)
    return offered if EVERYTHING in client.scopes else offered & client.scopes


def _wanted(tx: Transaction, call: Call, client: Client) -> Wanted:
    form = call.form
    if "request" in form or "request_uri" in form:
        raise InvalidRequest("send the parameters themselves")
    if call.required("response_type") != "code":
        raise UnsupportedResponseType("response_type must be code")
    if "none" in form.get("prompt", "").split():
        raise LoginRequired("nobody stays signed in here: every sign-in asks the person")
    if form.get("response_mode", "query") != "query":
        raise InvalidRequest("response_mode must be query")
    if form.get("code_challenge_method") != "S256":
        raise InvalidRequest("code_challenge_method must be S256")
    if not _CHALLENGE.fullmatch(call.required("code_challenge")):
        raise InvalidRequest("code_challenge must be 43 characters of base64url")
    for name in ("redirect_uri", "state", "nonce", "acr_values", "ui_locales", "max_age"):
        if not _TEXT.fullmatch(form.get(name, "")):
            raise InvalidRequest(f"{name} must be at most 512 printable characters")
    return Wanted(
        scope=_scope(call, client),
        redirect_uri=_redirect_uri(tx, call, client),
        code_challenge=form["code_challenge"],
        state=form.get("state", ""),
        nonce=form.get("nonce", ""),
        acr_values=tuple(form.get("acr_values", "").split()),
        ui_locales=tuple(form.get("ui_locales", "").split()),
    )


def _scope(call: Call, client: Client) -> str:
    allowed = granted(call.authority.scopes, client)
    wanted = frozenset(call.form.get("scope", "").split())
    if not wanted <= allowed | {OPENID}:
        raise InvalidScope("the client may not ask for all of this")
    return " ".join(sorted(wanted or allowed))


def _redirect_uri(tx: Transaction, call: Call, client: Client) -> str:
    wanted = call.required("redirect_uri")
    registered = set(client.redirect_uris)
    if client.id == APP:
        registered |= set(tx.ask(Settings).app_redirect_uris)
    if wanted in registered or (call.authority.is_dev and _is_loopback(wanted)):
        return wanted
    raise InvalidRequest("redirect_uri is not registered")


def _is_loopback(uri: str) -> bool:
    try:
        address = urlsplit(uri)
        return (
            address.scheme == "http"
            and address.hostname in _LOOPBACK
            and address.port is not None
            and not address.username
            and not address.fragment
        )
    except ValueError:
        return False


async def _bound_to(tx: Transaction, call: Call) -> str | None:
    """Return the key that the code will be bound to (RFC 9449 §10), if the app says which."""
    said = call.form.get("dpop_jkt")
    if said is not None and not _CHALLENGE.fullmatch(said):
        raise InvalidRequest("dpop_jkt must be 43 characters of base64url")
    if call.proof is None:
        return said
    shown = await call.key(tx)
    if said is not None and said != shown:
        raise InvalidProof("dpop_jkt is not the key of the proof")
    return shown
