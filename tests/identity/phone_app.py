"""Our app as a test sees it: it pushes a request, opens a browser, and trades the code."""

import json
import re
from collections.abc import Callable
from hashlib import sha256
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl, urlsplit
from uuid import uuid4

import httpx

from backend.identity.authority import Authority
from backend.identity.jws import encoded
from backend.identity.signer import Signer
from backend.testing import Client, Clock
from backend.testing.callers import BASE_URL
from backend.work import drain

CALLBACK = "https://app.example/signed-in"
SCOPE = "identity:read openid"
OURS = {"Sec-Fetch-Site": "same-origin", "Origin": "null"}


class PhoneApp:
    """One app on one phone, with the browser that it opens."""

    def __init__(self, client: Client, clock: Clock, shop: Any, data_dir: Path) -> None:
        self.client, self.clock, self.shop, self.data_dir = client, clock, shop, data_dir
        self.signer = Signer()
        self.verifier = encoded(sha256(uuid4().bytes).digest())
        self.cookie = ""
        self.path = ""

    def beside(self) -> "PhoneApp":
        """Return our app on another phone, at the same moment."""
        return PhoneApp(self.client, self.clock, self.shop, self.data_dir)

    @property
    def _authority(self) -> Authority:
        return self.client.app.state.authority

    def proof(self, path: str, **more: Any) -> str:
        """Sign a request to the authority."""
        given = {"nonce": self._authority.proofs.nonce(self.clock.now), **more}
        return self.signer.proof("POST", BASE_URL + path, now=self.clock.now, **given)

    async def send(self, path: str, form: dict[str, str], **headers: str) -> httpx.Response:
        """Call `/oauth/…` as a program does: signed, unless told otherwise."""
        sent = {"DPoP": self.proof(path), **headers}
        kept = {name: value for name, value in sent.items() if value}
        return await self.client.post(path, data=form, headers=kept)

    def wanted(self, **changed: str) -> dict[str, str]:
        """Return the parameters of a request; one that is changed to "" is left out."""
        form = {
            "client_id": "tinhs-app",
            "response_type": "code",
            "redirect_uri": CALLBACK,
            "scope": SCOPE,
            "state": "state of the app",
            "nonce": "nonce of the app",
            "code_challenge": encoded(sha256(self.verifier.encode()).digest()),
            "code_challenge_method": "S256",
            **changed,
        }
        return {name: value for name, value in form.items() if value}

    async def push(self, **changed: str) -> str:
        """Push a request; return the reference to it."""
        answer = await self.send("/oauth/par", self.wanted(**changed))
        assert answer.status_code == 201, answer.text
        return answer.json()["request_uri"]

    async def authorize(self, request_uri: str, *, cookie: str = "") -> httpx.Response:
        return await self.client.get(
            "/oauth/authorize",
            params={"client_id": "tinhs-app", "request_uri": request_uri},
            headers={"Cookie": f"__Host-ix={cookie}"} if cookie else {},
        )

    async def begin(self, **changed: str) -> "PhoneApp":
        """Open the browser on the page where one signs in."""
        answer = await self.authorize(await self.push(**changed))
        assert answer.status_code == 303, answer.text
        self.cookie = answer.headers["set-cookie"].partition(";")[0].partition("=")[2]
        self.path = answer.headers["location"]
        return self

    async def look(self, **headers: str) -> httpx.Response:
        """Look at the page."""
        return await self.client.get(
            self.path, headers={"Cookie": f"__Host-ix={self.cookie}", **headers}
        )

    async def submit(self, step: str, **form: str) -> httpx.Response:
        """Send a form of the page."""
        return await self.client.post(
            f"{self.path}/{step}",
            data=form,
            headers={"Cookie": f"__Host-ix={self.cookie}", **OURS},
        )

    def letters(self) -> list[dict[str, str]]:
        """Read what was sent, the oldest first."""
        files = (self.data_dir / "outbox").glob("*.json")
        found = [json.loads(file.read_bytes()) for file in files]
        return sorted(found, key=lambda letter: letter["written_at"])

    async def code_sent_to(self, phone: str) -> str:
        """Let the worker send, and read the code on the phone."""
        await drain(self.shop)
        texts = [letter["text"] for letter in self.letters() if letter["to"] == phone]
        found = re.search(r"@testserver\.local #([0-9]{6})$", texts[-1])
        assert found, texts
        return found[1]

    async def prove(self, phone: str) -> httpx.Response:
        """Ask for a code, read it and type it; return the answer to that."""
        asked = await self.submit("phone", phone=phone)
        assert asked.status_code == 303, asked.text
        return await self.submit("code", code=await self.code_sent_to(phone))

    async def sign_in(self, phone: str, **changed: str) -> dict[str, Any]:
        """Go the whole way; return the tokens."""
        await self.begin(**changed)
        return await self.trade(code_of(await self.prove(phone)))

    async def trade(self, code: str) -> dict[str, Any]:
        answer = await self.token(grant_type="authorization_code", **self.traded(code))
        assert answer.status_code == 200, answer.text
        return answer.json()

    def traded(self, code: str) -> dict[str, str]:
        return {"code": code, "code_verifier": self.verifier, "redirect_uri": CALLBACK}

    async def token(self, **form: str) -> httpx.Response:
        """Call the token endpoint; minutes later, so that nobody calls too often."""
        return await self.send("/oauth/token", {"client_id": "tinhs-app", **form})

    async def refresh(self, token: str, **more: str) -> httpx.Response:
        return await self.token(grant_type="refresh_token", refresh_token=token, **more)

    async def account(self, token: str) -> httpx.Response:
        """Use an access token."""
        return await self.call("GET", "/v1/account", token)

    async def call(self, method: str, path: str, token: str, **more: Any) -> httpx.Response:
        """Send any signed request."""
        nonce = self._authority.proofs.nonce(self.clock.now)
        url = f"{BASE_URL}{path}"
        headers = self.signer.headers(method, url, token, now=self.clock.now, nonce=nonce)
        return await self.client.request(method, path, headers=headers, **more)


def code_of(answer: httpx.Response) -> str:
    """Return the code that the app is sent back with."""
    assert answer.status_code == 303, answer.text
    return answered(answer)["code"]


def answered(answer: httpx.Response) -> dict[str, str]:
    """Return what the app is sent back with."""
    location = urlsplit(answer.headers["location"])
    assert f"{location.scheme}://{location.netloc}{location.path}" == CALLBACK
    return dict(parse_qsl(location.query))


NewApp = Callable[[], PhoneApp]
