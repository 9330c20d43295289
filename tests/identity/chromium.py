"""Chromium without a screen, driven by its own protocol (CDP), with a virtual authenticator."""

import itertools
import json
import subprocess
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

from websockets.sync.client import ClientConnection, connect

PROGRAM = Path("/usr/bin/chromium")
SECONDS = 30
_FLAGS = (
    "--headless",
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--remote-debugging-port=0",
)
_NAVIGATED = "Inspected target navigated or closed"


class Navigated(Exception):
    """The page went on to another while it was asked."""


class Page:
    """One tab of a profile of its own, with an authenticator that verifies its holder."""

    def __init__(self, socket: ClientConnection, session: str) -> None:
        self._socket, self._session = socket, session
        self._ids = itertools.count(1000)
        self.heard: list[dict[str, Any]] = []
        """What the browser told of this page unasked; a test may clear it."""
        self.send("Page.enable")
        self.send("Network.enable")
        self.send("Network.setExtraHTTPHeaders", headers={"Accept-Language": "vi"})
        self.send("WebAuthn.enable")
        self.authenticator = self.send(
            "WebAuthn.addVirtualAuthenticator",
            options={
                "protocol": "ctap2",
                "transport": "internal",
                "hasResidentKey": True,
                "hasUserVerification": True,
                "isUserVerified": True,
                "automaticPresenceSimulation": True,
            },
        )["authenticatorId"]

    def send(self, method: str, **params: Any) -> dict[str, Any]:
        number = next(self._ids)
        return _called(self._socket, number, method, params, self._session, self.heard)

    def evaluate(self, script: str) -> Any:
        """Run a script of the test in the page, as if the person had just clicked."""
        told = self.send(
            "Runtime.evaluate",
            expression=script,
            awaitPromise=True,
            returnByValue=True,
            userGesture=True,
        )
        assert "exceptionDetails" not in told, told["exceptionDetails"]
        return told["result"].get("value")

    def open(self, url: str) -> str:
        """Go to an address; return its text."""
        told = self.send("Page.navigate", url=url)
        assert "errorText" not in told, told
        return self.wait_for("document.readyState === 'complete'")

    def click(self, label: str, until: str) -> str:
        """Press the button of that label; return the text of the page once `until` holds."""
        self.evaluate(
            "Array.from(document.querySelectorAll('button'))"
            f".find((one) => one.textContent.includes({json.dumps(label)})).click()"
        )
        return self.wait_for(f"document.readyState === 'complete' && ({until})")

    def wait_for(self, condition: str) -> str:
        """Return the text of the page once the condition holds, both asked in one breath.

        A page that is still on its way has no rows yet, and no text either.
        """
        end = time.monotonic() + SECONDS
        is_here = "document.readyState === 'complete'"
        asked = f"{is_here} && ({condition}) ? document.body.innerText : null"
        while time.monotonic() < end:
            with suppress(Navigated):
                told = self.send("Runtime.evaluate", expression=asked, returnByValue=True)
                found = told["result"].get("value")
                if isinstance(found, str):
                    return found
            time.sleep(0.05)
        raise AssertionError(
            f"{condition} did not come: {self.evaluate('document.body.innerText')}"
        )

    @property
    def url(self) -> str:
        return str(self.evaluate("location.href"))

    def keys(self) -> list[dict[str, Any]]:
        """Return what the authenticator holds."""
        told = self.send("WebAuthn.getCredentials", authenticatorId=self.authenticator)
        return told["credentials"]

    def forget_keys(self) -> None:
        """Lose the device."""
        self.send("WebAuthn.clearCredentials", authenticatorId=self.authenticator)


@contextmanager
def chromium() -> Iterator["Browser"]:
    """Start a browser with a profile of its own, and end it with all that it started."""
    with tempfile.TemporaryDirectory(prefix="tinhs-chromium-", ignore_cleanup_errors=True) as home:
        command = [str(PROGRAM), *_FLAGS, f"--user-data-dir={home}", "about:blank"]
        program = subprocess.Popen(
            command, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
        )
        try:
            # While a judge works for minutes nobody reads here, not even answers to pings.
            with connect(
                _address(Path(home), program), max_size=None, ping_interval=None
            ) as socket:
                yield Browser(socket)
                _called(socket, 1, "Browser.close", {}, None)
        finally:
            program.terminate()
            program.wait(timeout=SECONDS)


class Browser:
    """A running browser."""

    def __init__(self, socket: ClientConnection) -> None:
        self._socket = socket
        self._ids = itertools.count(10)

    def stranger(self) -> Page:
        """Return a page of a fresh profile: no cookies, no keys."""
        context = self._send("Target.createBrowserContext")["browserContextId"]
        target = self._send("Target.createTarget", url="about:blank", browserContextId=context)
        attached = self._send("Target.attachToTarget", targetId=target["targetId"], flatten=True)
        return Page(self._socket, attached["sessionId"])

    def _send(self, method: str, **params: Any) -> dict[str, Any]:
        return _called(self._socket, next(self._ids), method, params, None)


def _called(
    socket: ClientConnection,
    number: int,
    method: str,
    params: dict[str, Any],
    session: str | None,
    heard: list[dict[str, Any]] | None = None,
) -> dict[str, Any]:
    asked = {"id": number, "method": method, "params": params}
    socket.send(json.dumps({**asked, "sessionId": session} if session else asked))
    while True:
        told = json.loads(socket.recv(timeout=SECONDS))
        if told.get("id") == number and told.get("sessionId") == session:
            if told.get("error", {}).get("message") == _NAVIGATED:
                raise Navigated
            assert "error" not in told, f"{method}: {told['error']}"
            return told["result"]
        if heard is not None and "method" in told and told.get("sessionId") == session:
            heard.append(told)


def _address(home: Path, program: subprocess.Popen[bytes]) -> str:
    file = home / "DevToolsActivePort"
    end = time.monotonic() + SECONDS
    while time.monotonic() < end:
        assert program.poll() is None, "Chromium has ended"
        lines = file.read_text().split() if file.exists() else []
        if len(lines) == 2:
            return f"ws://127.0.0.1:{lines[0]}{lines[1]}"
        time.sleep(0.05)
    raise AssertionError("Chromium did not start")
