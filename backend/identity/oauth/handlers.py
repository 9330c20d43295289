"""The endpoints of the authorization server that programs call.

They stand outside the published description of `/v1`: their own metadata (RFC 8414) describes
them, and the RFCs say what they take.
"""

from typing import Any

from litestar import Request, Response, post

from backend.identity.oauth.call import answered
from backend.identity.oauth.granting import grant
from backend.identity.oauth.pushing import push
from backend.identity.oauth.revoking import revoke
from backend.kernel import Anyone


@post("/oauth/par", include_in_schema=False, guards=[Anyone()])
async def push_request(request: Request[Any, Any, Any]) -> Response[Any]:
    """Keep what an app wants before its browser opens (RFC 9126)."""
    return await answered(request, push, status=201)


@post("/oauth/token", include_in_schema=False, guards=[Anyone()], status_code=200)
async def issue_tokens(request: Request[Any, Any, Any]) -> Response[Any]:
    """Give tokens for a code, a refresh token, or a partner's key (RFC 6749 §3.2)."""
    return await answered(request, grant)


@post("/oauth/revoke", include_in_schema=False, guards=[Anyone()], status_code=200)
async def revoke_token(request: Request[Any, Any, Any]) -> Response[Any]:
    """Sign out (RFC 7009)."""
    return await answered(request, revoke)
