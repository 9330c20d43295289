"""A stand-in for an identity provider: it answers on the loopback, and lies when it is told to."""

import json
import threading
from base64 import urlsafe_b64encode
from collections.abc import Callable
from hashlib import sha256
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qsl, urlsplit
from uuid import uuid4

import jwt
from cryptography.hazmat.primitives.asymmetric.ec import SECP256R1, generate_private_key
from cryptography.hazmat.primitives.asymmetric.rsa import generate_private_key as generate_rsa

from backend.testing import Clock

ISSUER = "https://sso.province.example/not/our/host"
CLIENT = "tinhs-of-the-province"


class Idp:
    """Knows people by `sub`, gives codes for them, and trades each code once."""

    def __init__(self, clock: Clock, our_key: Any) -> None:
        self.clock, self.our_key = clock, our_key
        self.key = generate_rsa(65537, 2048)
        self.other = generate_rsa(65537, 2048)
        self.curve = generate_private_key(SECP256R1())
        self.codes: dict[str, tuple[dict[str, str], dict[str, Any], dict[str, Any]]] = {}
        self.forms: list[dict[str, str]] = []
        self.given: list[str] = []
        self.status = 200
        ours = self

        class Handler(BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                self._answer(200, ours.jwks())

            def do_POST(self) -> None:
                raw = self.rfile.read(int(self.headers["Content-Length"]))
                form = dict(parse_qsl(raw.decode()))
                self._answer(*ours.trade(form))

            def _answer(self, status: int, said: Any) -> None:
                body = json.dumps(said).encode()
                self.send_response(status)
                self.send_header("Content-Type", "application/json")
                self.send_header("Content-Length", str(len(body)))
                self.end_headers()
                self.wfile.write(body)

            def log_message(self, format: str, *args: Any) -> None:  # noqa: A002
                return

        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.url = f"http://localhost:{self.server.server_port}"
        threading.Thread(target=self.server.serve_forever, daemon=True).start()

    def close(self) -> None:
        self.server.shutdown()
        self.server.server_close()

    def jwks(self) -> Any:
        rsa = json.loads(jwt.algorithms.RSAAlgorithm.to_jwk(self.key.public_key()))
        curve = json.loads(jwt.algorithms.ECAlgorithm.to_jwk(self.curve.public_key()))
        return {
            "keys": [
                {**rsa, "kid": "rsa", "use": "sig", "alg": "RS256"},
                {**curve, "kid": "curve", "use": "sig"},
                {"kty": "oct", "k": "c2VjcmV0", "kid": "shared"},
            ]
        }

    def approve(
        self, location: str, sub: str, *, head: dict[str, Any] | None = None, **claims: Any
    ) -> str:
        """Let somebody sign in here; return the query with which the browser goes back."""
        asked = dict(parse_qsl(urlsplit(location).query))
        code = uuid4().hex
        self.codes[code] = (asked, {"sub": sub, **claims}, head or {})
        return f"code={code}&state={asked['state']}"

    def trade(self, form: dict[str, str]) -> tuple[int, Any]:
        self.forms.append(form)
        if self.status != 200:
            return self.status, {"error": "server_error"}
        asked, claims, head = self.codes.pop(form["code"])
        proved = jwt.decode(
            form["client_assertion"],
            self.our_key,
            algorithms=["ES256"],
            audience=ISSUER,
            options={"verify_exp": False, "verify_iat": False},
        )
        assert proved["iss"] == proved["sub"] == CLIENT
        digest = sha256(form["code_verifier"].encode()).digest()
        assert urlsafe_b64encode(digest).rstrip(b"=").decode() == asked["code_challenge"]
        assert form["redirect_uri"] == asked["redirect_uri"]
        token = self.signed({"nonce": asked["nonce"], **claims}, head)
        self.given += [token, "access-token-of-the-provider"]
        return 200, {"id_token": token, "access_token": self.given[-1], "token_type": "Bearer"}

    def signed(self, claims: dict[str, Any], head: dict[str, Any] | None = None) -> str:
        """Sign an ID token; a claim that is None is left out, and `head` may choose the key."""
        now = int(self.clock.now.timestamp())
        said = {
            "iss": ISSUER,
            "aud": CLIENT,
            "iat": now,
            "exp": now + 300,
            "auth_time": now,
            "LoaiTaiKhoan": 2,
            "HoVaTen": "Nguyễn Văn Bí Mật",
            "SoDinhDanh": None,
            "NgayThangNamSinh": "19990131",
            **claims,
        }
        more = {"kid": "rsa", "alg": "RS256", **(head or {})}
        signers: dict[str, Callable[[], Any]] = {
            "RS256": lambda: self.key,
            "ES256": lambda: self.curve,
            "HS256": lambda: "a secret of more than thirty-two bytes, shared",
            "none": lambda: None,
        }
        key = self.other if more.pop("forged", False) else signers[more["alg"]]()
        kept = {name: value for name, value in said.items() if value is not None}
        return jwt.encode(kept, key, algorithm=more["alg"], headers=more)

    def logout(self, head: dict[str, Any] | None = None, **claims: Any) -> str:
        """Sign a logout token."""
        now = int(self.clock.now.timestamp())
        said = {
            "jti": uuid4().hex,
            "exp": now + 120,
            "events": {"http://schemas.openid.net/event/backchannel-logout": {}},
            "auth_time": None,
            "LoaiTaiKhoan": None,
            "HoVaTen": None,
            "SoDinhDanh": None,
            **claims,
        }
        return self.signed(said, {"typ": "logout+jwt", **(head or {})})
