"""Who sends the measured requests: a demo citizen's device, and the bytes that it puts on the wire.

Everything is signed before a round begins, so signing is never part of what is measured.
"""

import json
import time
from collections.abc import Iterable
from datetime import UTC, datetime
from http.client import HTTPConnection
from typing import Any, Final
from urllib.error import HTTPError
from urllib.parse import urlsplit
from urllib.request import Request, urlopen

import jwt
import msgspec

from backend.identity.signer import Signer
from tests.bench import rows

_TOKEN_SECONDS: Final = 200.0  # it lives for 300
_PEER_AUDIENCE: Final = "bench"


class Device:
    """A citizen's device: its key, its token, and the nonce of the minute."""

    def __init__(self, base_url: str) -> None:
        self.base_url = base_url
        self.signer = Signer()
        self.token = ""
        self._signed_in = -_TOKEN_SECONDS

    def headers(self, method: str, paths: Iterable[str]) -> list[tuple[str, str]]:
        """Return the two headers of a signed request for each path, none of them used before."""
        nonce = self._ready()
        now = datetime.now(UTC)
        token = self.token
        return [
            (
                f"authorization: DPoP {token}",
                f"dpop: {self.signer.proof(method, url, now=now, token=token, nonce=nonce)}",
            )
            for url in (self.base_url + path for path in paths)
        ]

    def read(self, path: str) -> Any:
        """Return what the house answers to this citizen."""
        ((authorization, proof),) = self.headers("GET", [path.partition("?")[0]])
        signed = dict(line.split(": ", 1) for line in (authorization, proof))
        return json.loads(self._ask("GET", path, None, signed).read())

    def peer_header(self) -> str:
        """Return what the peers ask for: a bearer token of the same person, by the same key."""
        claims = {
            "iss": self.base_url,
            "sub": str(rows.OWNER),
            "aud": _PEER_AUDIENCE,
            "exp": int(time.time()) + 3600,
            "scope": "bench:read bench:write",
        }
        return f"authorization: Bearer {jwt.encode(claims, self.signer.pem(), algorithm='ES256')}"

    def cursor(self, path: str, *, pages: int) -> str:
        """Return the cursor that leads from page `pages` - 1 of a list to page `pages`."""
        connection = HTTPConnection("127.0.0.1", urlsplit(self.base_url).port)
        cursor = ""
        for _ in range(pages - 1):
            connection.request("GET", f"{path}?limit=20{cursor and '&cursor='}{cursor}")
            cursor = json.loads(connection.getresponse().read())["next_cursor"]
        connection.close()
        return cursor

    def _ready(self) -> str:
        """Sign in when the token grows old; return the nonce that proofs have to name."""
        if time.monotonic() - self._signed_in > _TOKEN_SECONDS:
            wish = {"as": "citizen", "jwk": msgspec.to_builtins(self.signer.jwk)}
            answer = self._ask("POST", "/dev/login", json.dumps(wish).encode())
            self.token = json.loads(answer.read())["access_token"]
            self._signed_in = time.monotonic()
        # Any signed answer brings a nonce; here it comes with a refusal, whose proof has none.
        path = "/v1/account"
        proof = self.signer.proof(
            "GET", self.base_url + path, now=datetime.now(UTC), token=self.token
        )
        headers = {"authorization": f"DPoP {self.token}", "dpop": proof}
        return self._ask("GET", path, None, headers).headers["dpop-nonce"]

    def _ask(
        self, method: str, path: str, body: bytes | None, headers: dict[str, str] | None = None
    ) -> Any:
        asked = Request(  # noqa: S310 - our own server
            self.base_url + path,
            body,
            {"content-type": "application/json", **(headers or {})},
            method=method,
        )
        try:
            return urlopen(asked, timeout=10)  # noqa: S310
        except HTTPError as refusal:
            return refusal


def at_work(base_url: str, who: str) -> str:
    """Sign a demo officer in as a browser does; return the header that the browser then sends."""
    connection = HTTPConnection("127.0.0.1", urlsplit(base_url).port)
    form = {"content-type": "application/x-www-form-urlencoded"}
    connection.request("POST", "/dev/login/browser", f"as={who}", form)
    told = connection.getresponse().headers["set-cookie"]
    connection.close()
    return f"cookie: {told.partition(';')[0]}"


def wire(method: str, path: str, *headers: str, body: bytes = b"") -> bytes:
    """Return a request as HTTP/1.1 sends it."""
    lines = [f"{method} {path} HTTP/1.1", "host: localhost", "accept: application/json", *headers]
    if body:
        lines += ["content-type: application/json", f"content-length: {len(body)}"]
    return "\r\n".join(lines).encode() + b"\r\n\r\n" + body
