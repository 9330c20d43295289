"""Our own app on people's phones: which program may claim our addresses and use our passkeys."""

from collections.abc import Sequence
from typing import Any, Final
from urllib.parse import urlsplit

from litestar import Response, get

from backend.identity.jws import encoded
from backend.identity.settings import Settings
from backend.kernel import Anyone, Injected, Snapshot

_PUBLIC: Final = {"Cache-Control": "public, max-age=300, stale-while-revalidate=86400"}
_RELATIONS: Final = (
    "delegate_permission/common.handle_all_urls",
    "delegate_permission/common.get_login_creds",
)


@get("/.well-known/assetlinks.json", include_in_schema=False, guards=[Anyone()])
async def show_android_apps(snapshot: Injected[Snapshot]) -> Response[Any]:
    """Tell Android which apps may open our addresses and use our passkeys (Digital Asset Links)."""
    targets = [
        {
            "namespace": "android_app",
            "package_name": package,
            "sha256_cert_fingerprints": [fingerprint],
        }
        for package, fingerprint in _android(snapshot.ask(Settings).android_apps)
    ]
    links = [{"relation": _RELATIONS, "target": target} for target in targets]
    return Response(links, media_type="application/json", headers=_PUBLIC)


@get("/.well-known/apple-app-site-association", include_in_schema=False, guards=[Anyone()])
async def show_apple_apps(snapshot: Injected[Snapshot]) -> Response[Any]:
    """Tell iOS the same (Associated Domains); only the addresses that the app is sent back to."""
    settings = snapshot.ask(Settings)
    apps = list(settings.apple_apps)
    host = urlsplit(snapshot.base_url).netloc
    returns = [urlsplit(uri) for uri in settings.app_redirect_uris]
    components = [{"/": uri.path} for uri in returns if uri.netloc == host]
    told: dict[str, Any] = {"webcredentials": {"apps": apps}}
    if components:
        told["applinks"] = {"details": [{"appIDs": apps, "components": components}]}
    return Response(told, media_type="application/json", headers=_PUBLIC)


def origins_of(apps: Sequence[str]) -> list[str]:
    """Return how Android apps call themselves where a site would give its origin."""
    return [
        f"android:apk-key-hash:{encoded(bytes.fromhex(fingerprint.replace(':', '')))}"
        for _, fingerprint in _android(apps)
    ]


def _android(apps: Sequence[str]) -> list[tuple[str, str]]:
    """Return package and fingerprint of each app."""
    return [(package, digits) for package, _, digits in (app.partition(":") for app in apps)]
