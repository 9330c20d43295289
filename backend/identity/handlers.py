"""What everyone may know of the authority, and what a citizen may know of their own session."""

from datetime import datetime
from typing import Any, Final
from uuid import UUID

import msgspec
from litestar import Request, Response, get

from backend.identity.authority import Authority
from backend.identity.keys import Jwks
from backend.identity.login import numbers
from backend.identity.oauth.granting import GRANTS
from backend.identity.oauth.pushing import OPENID
from backend.identity.people.register import masked
from backend.identity.scopes import READ
from backend.identity.tokens import audience
from backend.kernel import Anyone, Injected, Snapshot, Unauthenticated, refuses, requires
from backend.kernel.locale import LANGUAGES
from contracts.personal_data import CardField, People

_REFERENCE: Final = {
    "Cache-Control": "public, max-age=300, stale-while-revalidate=86400, stale-if-error=604800"
}


class Account(msgspec.Struct, frozen=True, kw_only=True):
    """Who is signed in, and what this session has proved about them."""

    person_id: UUID
    ial: int
    """0 a phone, 1 and 2 the levels of the national account."""
    acr: str
    """`aal1` a one-time code, `aal2` a passkey."""
    session_id: UUID
    client_id: str
    signed_in_at: datetime
    scopes: tuple[str, ...]
    phone: str | None
    """The end of the number by which you are reached."""
    national_id: str | None
    """The end of your personal number, where this session has proved more than a phone."""


class AuthorizationServer(msgspec.Struct, frozen=True, kw_only=True):
    """The authority's metadata (RFC 8414 §2): what is there, and nothing that is planned."""

    issuer: str
    authorization_endpoint: str
    token_endpoint: str
    revocation_endpoint: str
    pushed_authorization_request_endpoint: str
    jwks_uri: str
    scopes_supported: tuple[str, ...]
    require_pushed_authorization_requests: bool = True
    authorization_response_iss_parameter_supported: bool = True
    response_types_supported: tuple[str, ...] = ("code",)
    response_modes_supported: tuple[str, ...] = ("query",)
    grant_types_supported: tuple[str, ...] = GRANTS
    code_challenge_methods_supported: tuple[str, ...] = ("S256",)
    token_endpoint_auth_methods_supported: tuple[str, ...] = ("none", "private_key_jwt")
    token_endpoint_auth_signing_alg_values_supported: tuple[str, ...] = ("ES256",)
    revocation_endpoint_auth_methods_supported: tuple[str, ...] = ("none", "private_key_jwt")
    revocation_endpoint_auth_signing_alg_values_supported: tuple[str, ...] = ("ES256",)
    ui_locales_supported: tuple[str, ...] = LANGUAGES
    subject_types_supported: tuple[str, ...] = ("public",)
    id_token_signing_alg_values_supported: tuple[str, ...] = ("ES256",)
    dpop_signing_alg_values_supported: tuple[str, ...] = ("ES256",)
    acr_values_supported: tuple[str, ...] = ("aal1", "aal2")


class ProtectedResource(msgspec.Struct, frozen=True, kw_only=True):
    """What a caller of `/v1` needs (RFC 9728 §2)."""

    resource: str
    authorization_servers: tuple[str, ...]
    scopes_supported: tuple[str, ...]
    dpop_bound_access_tokens_required: bool = True
    dpop_signing_alg_values_supported: tuple[str, ...] = ("ES256",)


def authority_of(request: Request[Any, Any, Any]) -> Authority:
    """Return this process's authority; the host puts it there before the first request."""
    return request.app.state.authority


@get(
    "/v1/account",
    operation_id="readAccount",
    tags=["identity"],
    guards=[requires(READ)],
    responses=refuses(Unauthenticated),
)
async def read_account(snapshot: Injected[Snapshot]) -> Account:
    """Read who is signed in, how well that was proved, and what this session may do.

    Of your numbers only the ends are told.
    """
    return await account_of(snapshot)


async def account_of(snapshot: Snapshot) -> Account:
    """Return the caller's account. Raises `Unauthenticated` for anybody but a citizen."""
    caller = snapshot.principal
    if caller.person_id is None or caller.session_id is None or caller.auth_time is None:
        raise Unauthenticated
    fields: tuple[CardField, ...] = ("phone", "national_id") if caller.ial else ("phone",)
    card = await snapshot.ask(People).card(caller.person_id, fields, purpose="identity.account")
    phone, number = (card.phone, card.national_id) if card is not None else (None, None)
    return Account(
        person_id=caller.person_id,
        ial=caller.ial,
        acr=caller.acr,
        session_id=caller.session_id,
        client_id=caller.client_id,
        signed_in_at=caller.auth_time.astimezone(snapshot.now.tzinfo),
        scopes=tuple(sorted(caller.scopes)),
        phone=None if phone is None else numbers.masked(phone),
        national_id=None if number is None else masked(number),
    )


@get("/oauth/jwks", operation_id="readSigningKeys", tags=["identity"], guards=[Anyone()])
async def read_jwks(request: Request[Any, Any, Any]) -> Response[Jwks]:
    """Read the keys that our tokens are signed with: the next, the current, the previous."""
    return Response(authority_of(request).keys.jwks, headers=_REFERENCE)


@get(
    "/.well-known/oauth-authorization-server",
    operation_id="readAuthorizationServer",
    tags=["identity"],
    guards=[Anyone()],
)
async def read_authorization_server(
    request: Request[Any, Any, Any],
) -> Response[AuthorizationServer]:
    """Read what this authority can do (RFC 8414)."""
    return _described(authority_of(request))


@get(
    "/.well-known/openid-configuration",
    operation_id="readOpenidConfiguration",
    tags=["identity"],
    guards=[Anyone()],
)
async def read_openid_configuration(
    request: Request[Any, Any, Any],
) -> Response[AuthorizationServer]:
    """Read the same where OpenID clients look for it."""
    return _described(authority_of(request))


@get(
    "/.well-known/oauth-protected-resource/v1",
    operation_id="readProtectedResource",
    tags=["identity"],
    guards=[Anyone()],
)
async def read_protected_resource(request: Request[Any, Any, Any]) -> Response[ProtectedResource]:
    """Read what calls of `/v1` need (RFC 9728)."""
    authority = authority_of(request)
    resource = ProtectedResource(
        resource=audience(authority.issuer),
        authorization_servers=(authority.issuer,),
        scopes_supported=_scopes(authority),
    )
    return Response(resource, headers=_REFERENCE)


def _described(authority: Authority) -> Response[AuthorizationServer]:
    oauth = f"{authority.issuer}/oauth"
    server = AuthorizationServer(
        issuer=authority.issuer,
        authorization_endpoint=f"{oauth}/authorize",
        token_endpoint=f"{oauth}/token",
        revocation_endpoint=f"{oauth}/revoke",
        pushed_authorization_request_endpoint=f"{oauth}/par",
        jwks_uri=f"{oauth}/jwks",
        scopes_supported=(OPENID, *_scopes(authority)),
    )
    return Response(server, headers=_REFERENCE)


def _scopes(authority: Authority) -> tuple[str, ...]:
    return tuple(sorted(s.name for s in authority.scopes if s.kinds & {"citizen", "partner"}))
