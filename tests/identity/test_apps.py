"""Phones learn from us which app is ours: it may claim our addresses and use our passkeys."""

from collections.abc import Callable, Mapping
from hashlib import sha256
from typing import Any

import msgspec
import pytest

from backend.identity.jws import encoded
from backend.identity.scopes import READ, WRITE
from backend.identity.settings import Settings
from backend.testing import Caller, Client
from backend.testing.callers import BASE_URL
from tests.identity.authenticator import Authenticator

CERTIFICATE = sha256(b"the certificate of our app").digest()
FINGERPRINT = CERTIFICATE.hex(":").upper()
APPLE = "TEAM123456.vn.example.tinhs"


@pytest.fixture(scope="module")
def settings(settings: Mapping[type, msgspec.Struct]) -> Mapping[type, msgspec.Struct]:
    ours = Settings(
        android_apps=(f"vn.example.tinhs:{FINGERPRINT}",),
        apple_apps=(APPLE,),
        app_redirect_uris=(
            f"{BASE_URL.replace('http:', 'https:')}/app/signed-in",
            "https://elsewhere.example/back",
        ),
    )
    return {**settings, Settings: ours}


async def test_android_learns_who_may_open_our_addresses(client: Client) -> None:
    answer = await client.get("/.well-known/assetlinks.json")

    (link,) = answer.json()
    assert answer.headers["content-type"] == "application/json"
    assert link["target"]["package_name"] == "vn.example.tinhs"
    assert link["target"]["sha256_cert_fingerprints"] == [FINGERPRINT]
    assert "delegate_permission/common.get_login_creds" in link["relation"]


async def test_ios_learns_the_address_that_the_app_is_sent_back_to_and_no_other(
    client: Client,
) -> None:
    answer = await client.get("/.well-known/apple-app-site-association")

    told = answer.json()
    assert answer.headers["content-type"] == "application/json"
    assert told["webcredentials"] == {"apps": [APPLE]}
    (detail,) = told["applinks"]["details"]
    assert detail == {"appIDs": [APPLE], "components": [{"/": "/app/signed-in"}]}


@pytest.mark.parametrize(
    ("certificate", "status"), [(CERTIFICATE, 201), (sha256(b"another").digest(), 422)]
)
async def test_our_app_makes_passkeys_and_another_one_does_not(
    as_citizen: Callable[..., Caller], certificate: bytes, status: int
) -> None:
    citizen = as_citizen(READ, WRITE)
    device = Authenticator(f"android:apk-key-hash:{encoded(certificate)}")
    asked = (await citizen.post("/v1/account/passkeys/options", key=None)).json()

    answer = await citizen.post(
        "/v1/account/passkeys", json={"name": "Ứng dụng", "credential": device.make(asked)}
    )

    assert answer.status_code == status


@pytest.mark.parametrize(
    "wrong",
    [
        {"android_apps": ("vn.example.tinhs",)},
        {"android_apps": (f"vn.example.tinhs:{FINGERPRINT.lower()}",)},
        {"android_apps": (f"vn.example.tinhs:{FINGERPRINT[:-3]}",)},
        {"apple_apps": ("vn.example.tinhs",)},
    ],
    ids=str,
)
def test_an_app_that_is_named_wrong_stops_the_start(wrong: dict[str, Any]) -> None:
    with pytest.raises(ValueError, match="TINHS_IDENTITY_A"):
        Settings(**wrong)
