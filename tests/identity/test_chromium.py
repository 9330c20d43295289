"""Passkeys in real Chromium with a virtual authenticator, against a house in its own processes."""

import os
import re
import socket
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from datetime import UTC, datetime
from hashlib import sha256
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl, urlsplit
from uuid import uuid4

import httpx
import msgspec
import pytest

from backend.identity.demo import person_id
from backend.identity.jws import encoded
from backend.identity.signer import Signer
from backend.local.roles import DatabaseUrls
from contracts.demo import PROVINCE, agency_of
from tests.identity.chromium import PROGRAM, Browser, Page, chromium
from tests.identity.test_node_clients import ROOT, SECONDS, started, wait_for

AGENCY = str(agency_of(PROVINCE))


class House:
    """A running house, and its command line."""

    def __init__(self, url: str, environment: dict[str, str]) -> None:
        self.url, self.environment = url, environment

    def shell(self, *arguments: str) -> str:
        done = subprocess.run(
            [sys.executable, "-m", "backend", *arguments],
            cwd=ROOT,
            env=self.environment,
            capture_output=True,
            text=True,
            timeout=SECONDS,
            check=False,
        )
        return done.stdout + done.stderr


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    if not PROGRAM.exists():
        pytest.skip(f"{PROGRAM} was absent: no passkey was tried in a browser")
    with chromium() as found:
        yield found


@pytest.fixture(scope="module")
def house(database: DatabaseUrls, browser: Browser) -> Iterator[House]:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    url = f"http://localhost:{port}"
    with tempfile.TemporaryDirectory(prefix="tinhs-chromium-house-") as folder:
        environment = {
            **{name: text for name, text in os.environ.items() if not name.startswith("TINHS_")},
            "TINHS_ENV": "dev",
            "TINHS_PORT": str(port),
            "TINHS_BASE_URL": url,
            "TINHS_DATA_DIR": folder,
            "TINHS_SECRET": "a secret that every test may know",
            "TINHS_DATABASE_URL": database.runtime,
            "TINHS_DATABASE_AUTH_URL": database.auth,
            "TINHS_DATABASE_JOB_URL": database.job,
            "TINHS_IDENTITY_SMS_SENDERS": "file",
        }
        child = started(["serve"], environment, Path(folder) / "serve.log")
        try:
            wait_for(url, [child])
            yield House(url, environment)
        finally:
            child.terminate()
            child.wait(timeout=SECONDS)


def at(path: str) -> str:
    return f"location.pathname === '{path}'"


def test_the_first_administrator_enrols_comes_in_steps_up_and_has_no_other_way(
    house: House, browser: Browser
) -> None:
    told = house.shell("staff", "bootstrap", "--name", "Lê Thị Sáu", "--agency", AGENCY)
    (link,) = re.findall(r"http://localhost:\S+/console/enrol/\S+", told)
    page = browser.stranger()

    assert "Lê Thị Sáu" in page.open(link)
    page.click("Tạo khóa", at("/console/login"))
    assert len(page.keys()) == 1
    console = page.click("Đăng nhập bằng khóa", at("/console"))
    first = cookie(page)
    page.open(f"{house.url}/console/step-up")
    page.click("Xác nhận bằng khóa", at("/console"))

    assert "Lê Thị Sáu" in console
    assert "admin" in console
    assert first["httpOnly"]
    assert first["secure"]
    assert first["sameSite"] == "Strict"
    assert cookie(page)["value"] != first["value"]
    assert "không còn hiệu lực" in page.open(link)
    again = house.shell(
        "staff", "bootstrap", "--name", "Khác", "--agency", str(agency_of(PROVINCE))
    )
    assert "There is an administrator already" in again

    page.open(f"{house.url}/console")
    page.click("Đăng xuất", at("/console/login"))
    page.forget_keys()
    page.click("Đăng nhập bằng khóa", "!document.querySelector('[role=alert]').hidden")
    page.open(f"{house.url}/console")
    assert page.url == f"{house.url}/console/login"
    assert page.evaluate("document.querySelectorAll('input:not([type=hidden])').length") == 0


def cookie(page: Page) -> dict[str, Any]:
    (found,) = (
        one for one in page.send("Network.getCookies")["cookies"] if one["name"] == "__Host-console"
    )
    return found


class App:
    """Our app on a phone whose browser is Chromium."""

    def __init__(self, house: House) -> None:
        self.house, self.signer, self.nonce = house, Signer(), ""
        self.back = f"{house.url}/signed-in"
        self.verifier = encoded(sha256(uuid4().bytes).digest())

    def send(self, method: str, path: str, token: str | None = None, **more: Any) -> Any:
        """Send a signed request; again with the nonce, when the first answer asks for one."""
        for _ in range(2):
            url = self.house.url + path
            now = datetime.now(UTC)
            proof = self.signer.proof(method, url, now=now, token=token, nonce=self.nonce)
            headers = {"DPoP": proof, "Idempotency-Key": uuid4().hex}
            if token:
                headers["Authorization"] = f"DPoP {token}"
            answer = httpx.request(method, url, headers=headers, **more)
            self.nonce = answer.headers.get("dpop-nonce", self.nonce)
            if "use_dpop_nonce" not in answer.text + answer.headers.get("www-authenticate", ""):
                break
        assert answer.status_code < 300, answer.text
        return answer.json()

    def address(self, **more: str) -> str:
        """Push a request; return the address that the browser opens."""
        form = {
            "client_id": "tinhs-app",
            "response_type": "code",
            "redirect_uri": self.back,
            "scope": "identity:read identity:write",
            "code_challenge": encoded(sha256(self.verifier.encode()).digest()),
            "code_challenge_method": "S256",
            **more,
        }
        pushed = self.send("POST", "/oauth/par", data=form)
        return (
            f"{self.house.url}/oauth/authorize?client_id=tinhs-app"
            f"&request_uri={pushed['request_uri']}"
        )

    def trade(self, url: str) -> str:
        """Return the access token for the code that the browser was sent back with."""
        said = dict(parse_qsl(urlsplit(url).query))
        form = {
            "client_id": "tinhs-app",
            "grant_type": "authorization_code",
            "code": said["code"],
            "code_verifier": self.verifier,
            "redirect_uri": self.back,
        }
        return self.send("POST", "/oauth/token", data=form)["access_token"]


def test_a_citizen_makes_a_passkey_and_signs_in_with_it(house: House, browser: Browser) -> None:
    page, app = browser.stranger(), App(house)
    wish = {"as": "citizen", "jwk": msgspec.to_builtins(app.signer.jwk)}
    token = httpx.post(f"{house.url}/dev/login", json=wish, timeout=60).json()["access_token"]
    asked = app.send("POST", "/v1/account/passkeys/options", token)

    page.open(f"{house.url}/console/login")
    made = page.evaluate(MAKE % msgspec.json.encode(asked).decode())
    kept = app.send(
        "POST", "/v1/account/passkeys", token, json={"name": "Máy này", "credential": made}
    )
    page.open(app.address(acr_values="aal2"))
    page.click("Đăng nhập bằng khóa", at("/signed-in"))
    account = app.send("GET", "/v1/account", app.trade(page.url))

    assert kept["name"] == "Máy này"
    assert (account["acr"], account["ial"]) == ("aal2", 0)
    assert account["person_id"] == str(person_id("citizen"))


MAKE = """
navigator.credentials
  .create({ publicKey: PublicKeyCredential.parseCreationOptionsFromJSON(%s) })
  .then((made) => made.toJSON())
"""
