"""A round to the identity provider and back, as a browser makes it."""

from typing import Any

import httpx

from tests.identity.idp import Idp
from tests.identity.phone_app import PhoneApp, code_of

TOML = """
[vneid]
title = "VNeID thử"
authorize = "{url}/authorize"
token = "{url}/token"
jwks = "{url}/jwks"
expected_issuer = "{issuer}"
client_id = "{client}"
client_key = "{key}"
claims.level = "LoaiTaiKhoan"
claims.name = "HoVaTen"
claims.birth = "NgayThangNamSinh"
claims.number = "SoDinhDanh"
level_map = {{ 1 = 1, 2 = 2 }}
"""


async def leave(app: PhoneApp) -> str:
    """Follow the link to the provider; return where it leads."""
    cookie = {"Cookie": f"__Host-ix={app.cookie}"}
    answer = await app.client.get(f"{app.path}/up/vneid", headers=cookie)
    assert answer.status_code == 303, answer.text
    return answer.headers["location"]


async def back(app: PhoneApp, query: str, *, cookie: str | None = None) -> httpx.Response:
    """Let the provider send the browser back."""
    return await app.client.get(
        f"/login/cb/vneid?{query}",
        headers={
            "Cookie": f"__Host-ix={app.cookie if cookie is None else cookie}",
            "Sec-Fetch-Site": "cross-site",
        },
    )


async def prove(app: PhoneApp, idp: Idp, sub: str, **claims: Any) -> httpx.Response:
    return await back(app, idp.approve(await leave(app), sub, **claims))


async def sign_in(app: PhoneApp, idp: Idp, sub: str, **claims: Any) -> dict[str, Any]:
    """Sign in by the provider alone; return the account and the tokens."""
    await app.begin()
    answer = await prove(app, idp, sub, **claims)
    if answer.headers["location"].startswith("/login/"):
        answer = await app.submit("up/vneid")
    return await app.trade(code_of(answer))
