"""What a stranger's program finds without asking anybody: RFC 9727, RFC 9116 and RFC 9309."""

from datetime import UTC, datetime, timedelta
from typing import Any, Final

from litestar import Request, Response, get
from litestar.handlers import HTTPRouteHandler

from backend.kernel import Anyone

_PUBLIC: Final = {"cache-control": "public, max-age=300, stale-while-revalidate=86400"}
_NOT_FOR_ROBOTS: Final = ("/account", "/console", "/login", "/v1/")
_GOOD_FOR: Final = timedelta(days=90)


@get("/.well-known/api-catalog", guards=[Anyone()], include_in_schema=False)
async def show_catalog(request: Request[Any, Any, Any]) -> Response[Any]:
    """List the descriptions of our interfaces (RFC 9727 §2)."""
    scope: Any = request.scope
    base_url = scope["exchange"].base_url
    linkset = [
        {
            "anchor": f"{base_url}/v1",
            "service-desc": [
                {"href": f"{base_url}/v1/openapi.json", "type": "application/json"},
            ],
            "service-doc": [{"href": f"{base_url}/problems", "type": "text/html"}],
        }
    ]
    return Response({"linkset": linkset}, media_type="application/linkset+json", headers=_PUBLIC)


@get("/robots.txt", guards=[Anyone()], include_in_schema=False)
async def show_robots() -> Response[str]:
    """Say what a search engine need not read (RFC 9309): what is somebody's own, or a question."""
    text = "".join(f"Disallow: {path}\n" for path in _NOT_FOR_ROBOTS)
    return Response(f"User-agent: *\n{text}", media_type="text/plain", headers=_PUBLIC)


def security_txt(contact: str) -> HTTPRouteHandler:
    """Return the route that says where to report a weakness (RFC 9116)."""

    @get("/.well-known/security.txt", guards=[Anyone()], include_in_schema=False)
    async def show_security(request: Request[Any, Any, Any]) -> Response[str]:
        scope: Any = request.scope
        base_url = scope["exchange"].base_url
        expires = (datetime.now(UTC) + _GOOD_FOR).strftime("%Y-%m-%dT00:00:00Z")
        text = (
            f"Contact: {contact}\nExpires: {expires}\nPreferred-Languages: vi, en\n"
            f"Canonical: {base_url}/.well-known/security.txt\n"
        )
        return Response(text, media_type="text/plain", headers=_PUBLIC)

    return show_security
