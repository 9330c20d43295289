"""`tinhs call`: what curl cannot do, a signed request as one of the demo people.

The key of the device, the token and the last nonce are kept below the data folder, for their owner
alone, so that a second call signs in no more than an app would.
"""

import asyncio
import mimetypes
import os
import re
import sys
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, Final, TextIO
from urllib.parse import urlsplit
from uuid import uuid4

import httpx
import msgspec

from backend.identity.dpop import SAFE_METHODS
from backend.identity.entry import COOKIE
from backend.identity.signer import Signer
from backend.local import LocalProblem

_SPARE: Final = timedelta(seconds=10)
_TRIES: Final = 4
_REFUSED: Final = 401
_FORBIDDEN: Final = 403
_TELLING: Final = ("ETag", "Location", "Retry-After", "Idempotent-Replayed", "Trace-Id")
"""Headers of an answer that are worth a line."""
_ERROR: Final = re.compile(r'error="([a-z_]+)"')
_ACR: Final = re.compile(r'acr_values="([a-z0-9]+)"')


class NobodyAnswers(LocalProblem):
    """No server listens at that address, or it does not know the demo people."""


class Kept(msgspec.Struct, kw_only=True):
    """What stays between two calls of one person, in a file that only its owner reads."""

    pem: str
    token: str = ""
    expires_at: datetime = datetime(1970, 1, 1, tzinfo=UTC)
    nonce: str = ""
    cookie: str = ""
    csrf: str = ""


class Call(msgspec.Struct, frozen=True, kw_only=True):
    """One request to be made. With `files` it goes as a form, and `json` is its part `data`."""

    method: str
    path: str
    json: Any = None
    files: tuple[tuple[str, Path], ...] = ()
    headers: Mapping[str, str] = {}
    key: str | None = None
    """The `Idempotency-Key` of a POST; a fresh one when there is none."""


def composed(
    method: str,
    path: str,
    *,
    body: str | None = None,
    files: Sequence[str] = (),
    headers: Sequence[str] = (),
    key: str | None = None,
) -> Call:
    """Return the call that a command line describes; raises ValueError in words for its writer."""
    if not path.startswith("/"):
        raise ValueError(f"a path begins with a slash: {path}")
    try:
        members = None if body is None else msgspec.json.decode(body)
    except msgspec.DecodeError as error:
        raise ValueError(f"--json is not JSON: {error}") from error
    return Call(
        method=method.upper(),
        path=path,
        json=members,
        files=tuple(_file(text) for text in files),
        headers=dict(_header(text) for text in headers),
        key=key,
    )


def _file(text: str) -> tuple[str, Path]:
    name, _, place = text.partition("=@")
    if not name or not Path(place).is_file():
        raise ValueError(f"--file NAME=@PATH, and a file has to be there: {text}")
    return name, Path(place)


def _header(text: str) -> tuple[str, str]:
    name, colon, value = text.partition(":")
    if not name or not colon:
        raise ValueError(f"--header NAME:VALUE: {text}")
    return name.strip(), value.strip()


class DemoCaller:
    """A demo person before a server of ours."""

    def __init__(self, client: httpx.AsyncClient, who: str, data_dir: Path) -> None:
        self._client, self._who = client, who
        self._file = data_dir / "call" / f"{who}@{urlsplit(str(client.base_url)).netloc}.json"
        self._kept = self._recalled()
        self._signer = Signer.from_pem(self._kept.pem.encode())

    async def send(self, call: Call) -> httpx.Response:
        """Make the call, signing in, signing again and stepping up as the answers ask."""
        headers = dict(call.headers)
        if call.method == "POST":  # one key for all tries, or a lost answer would act twice
            headers.setdefault("Idempotency-Key", call.key or str(uuid4()))
        is_fresh = not self._is_signed_in() and await self._sign_in()
        answer = await self._sent(call, headers)
        if answer.status_code == _FORBIDDEN and self._kept.token and not is_fresh:
            await self._sign_in()  # a module may have come since, with a scope of its own
            answer = await self._sent(call, headers)
        for _ in range(_TRIES):
            if answer.status_code != _REFUSED or not await self._mended(answer):
                break
            answer = await self._sent(call, headers)
        self._keep()
        return answer

    def _is_signed_in(self) -> bool:
        return bool(self._kept.cookie) or self._kept.expires_at > datetime.now(UTC) + _SPARE

    async def _sent(self, call: Call, headers: Mapping[str, str]) -> httpx.Response:
        request = self._client.build_request(
            call.method, call.path, headers=headers, **_body_of(call)
        )
        request.headers.update(self._credential(request))
        try:
            answer = await self._client.send(request)
        except httpx.TransportError as error:
            raise self._nobody(error) from error
        self._kept.nonce = answer.headers.get("DPoP-Nonce", self._kept.nonce)
        return answer

    def _credential(self, request: httpx.Request) -> dict[str, str]:
        if not self._kept.cookie:
            return self._signer.headers(
                request.method,
                str(request.url),
                self._kept.token,
                now=datetime.now(UTC),
                nonce=self._kept.nonce,
            )
        shown = {"Cookie": f"{COOKIE}={self._kept.cookie}", "Sec-Fetch-Site": "same-origin"}
        if request.method not in SAFE_METHODS:
            shown["Origin"] = str(self._client.base_url).rstrip("/")
            shown["X-CSRF-Token"] = self._kept.csrf
        return shown

    async def _mended(self, answer: httpx.Response) -> bool:
        """Do what a 401 asks for; tell whether another try makes sense."""
        challenge = answer.headers.get("WWW-Authenticate", "")
        found = _ERROR.search(challenge)
        error = found[1] if found else ""
        if error == "use_dpop_nonce":
            return True  # the answer brought it
        if error == "insufficient_user_authentication":
            wanted = _ACR.search(challenge)
            return await self._sign_in(wanted[1] if wanted else None)
        return error == "invalid_token" and await self._sign_in()

    async def _sign_in(self, acr: str | None = None) -> bool:
        """Sign in as the demo person; tell whether that has changed anything."""
        wish = {"as": self._who, "jwk": msgspec.to_builtins(self._signer.jwk)}
        if acr is not None:
            wish["acr"] = acr
        try:
            answer = await self._client.post("/dev/login", json=wish)
        except httpx.TransportError as error:
            raise self._nobody(error) from error
        if answer.is_error:
            raise NobodyAnswers(
                f"{self._client.base_url} does not sign in {self._who!r} ({answer.status_code}).\n"
                f"Who can be signed in, on a developer's machine: GET /dev/login"
            )
        found = answer.json()
        before = self._kept.token, self._kept.cookie
        self._kept.token = found.get("access_token", "")
        self._kept.cookie, self._kept.csrf = found.get("cookie", ""), found.get("csrf", "")
        self._kept.expires_at = datetime.now(UTC) + timedelta(seconds=found.get("expires_in", 0))
        return before != (self._kept.token, self._kept.cookie)

    def _nobody(self, error: Exception) -> NobodyAnswers:
        why = str(error) or type(error).__name__
        return NobodyAnswers(
            f"No answer from {self._client.base_url} ({why}).\nIs it running? To start it: make run"
        )

    def _recalled(self) -> Kept:
        try:
            return msgspec.json.decode(self._file.read_bytes(), type=Kept)
        except (FileNotFoundError, msgspec.MsgspecError):
            return Kept(pem=Signer().pem().decode())

    def _keep(self) -> None:
        self._file.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        flags = os.O_WRONLY | os.O_CREAT | os.O_TRUNC
        with os.fdopen(os.open(self._file, flags, 0o600), "wb") as file:
            file.write(msgspec.json.encode(self._kept))


def call_here(environment: Mapping[str, str], who: str, call: Call) -> int:
    """Make the call to the server of this installation, show the answer, return an exit code."""
    data_dir = Path(environment["TINHS_DATA_DIR"])
    answer = asyncio.run(_called(environment["TINHS_BASE_URL"], data_dir, who, call))
    sys.stderr.write(f"{answer.status_code} {answer.reason_phrase}\n")
    for name in _TELLING:
        if name in answer.headers:
            sys.stderr.write(f"{name}: {answer.headers[name]}\n")
    sys.stderr.flush()
    sys.stdout.buffer.write(shown(answer, sys.stdout))
    sys.stdout.buffer.flush()
    return 1 if answer.is_error else 0


async def _called(base_url: str, data_dir: Path, who: str, call: Call) -> httpx.Response:
    async with httpx.AsyncClient(base_url=base_url, timeout=30) as client:
        return await DemoCaller(client, who, data_dir).send(call)


def _body_of(call: Call) -> dict[str, Any]:
    if not call.files:
        return {} if call.json is None else {"json": call.json}
    parts: list[tuple[str, tuple[str | None, bytes, str]]] = [
        (name, (path.name, path.read_bytes(), _media_type(path))) for name, path in call.files
    ]
    if call.json is not None:
        parts.insert(0, ("data", (None, msgspec.json.encode(call.json), "application/json")))
    return {"files": parts}


def _media_type(path: Path) -> str:
    return mimetypes.guess_type(path.name)[0] or "application/octet-stream"


def shown(answer: httpx.Response, out: TextIO) -> bytes:
    """Return the body as it came, and for a person who reads JSON at a terminal, indented."""
    if not out.isatty():  # a file gets what was sent: a signed bundle is its bytes
        return answer.content
    media_type = answer.headers.get("Content-Type", "").partition(";")[0]
    if media_type.endswith("json"):
        return msgspec.json.format(answer.content, indent=2) + b"\n"
    return answer.content
