"""The trial provider's own address, and the page on which a person says yes or no."""

from collections.abc import Callable
from html import escape
from http.server import BaseHTTPRequestHandler, HTTPServer
from typing import Any, Final, Literal
from urllib.parse import parse_qs

from modules.documents.model.certificates import NO_LEGAL_VALUE
from modules.documents.service.remote.trial import Reply, TrialProvider

_BODY_MAX: Final = 64 * 1024
_SEE_OTHER: Final = 303


def server(provider: Callable[[], TrialProvider], port: int = 0) -> HTTPServer:
    """Return a server of this machine alone, which serves until it is shut down."""

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            if self.path == "/":
                self._tell((200, _page(provider()).encode()), "text/html; charset=utf-8")
            else:
                self._tell(provider().answer("GET", self.path, {}, b""))

        def do_POST(self) -> None:
            length = min(int(self.headers.get("Content-Length", "0")), _BODY_MAX)
            body = self.rfile.read(length)
            if self.path == "/confirm":
                self._tell(_confirmed(provider(), body))
            else:
                headers = {name.lower(): value for name, value in self.headers.items()}
                self._tell(provider().answer("POST", self.path, headers, body))

        def _tell(self, told: Reply, kind: str = "application/json") -> None:
            status, body = told
            self.send_response(status)
            self.send_header("Content-Type", kind)
            self.send_header("Content-Length", str(len(body)))
            if status == _SEE_OTHER:
                self.send_header("Location", "/")
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, format: str, *args: Any) -> None:  # noqa: A002 - as above
            """Say nothing: whoever started it reads the page."""

    return HTTPServer(("127.0.0.1", port), Handler)


def _confirmed(provider: TrialProvider, body: bytes) -> Reply:
    form = parse_qs(body.decode("utf-8", "replace"))
    said: Literal["yes", "no"] = "yes" if form.get("said") == ["yes"] else "no"
    try:
        provider.confirm(form.get("handle", [""])[0], said)
    except KeyError:
        return 404, b""
    return _SEE_OTHER, b""


def _page(provider: TrialProvider) -> str:
    """Return what waits for a yes or no: nothing of it tells whose it is, for all are trials."""
    waiting = [each for each in provider.requests.values() if each.said == "nothing"]
    rows = "".join(
        f"<li>{escape(each.about)} ({len(each.hashes)})"
        '<form method="post" action="/confirm">'
        f'<input type="hidden" name="handle" value="{escape(each.handle)}">'
        '<button name="said" value="yes">Đồng ý ký</button> '
        '<button name="said" value="no">Từ chối</button></form></li>'
        for each in waiting
    )
    title = f"Ký từ xa: {NO_LEGAL_VALUE}"
    return (
        f'<!doctype html><html lang="vi"><title>{title}</title><h1>{title}</h1>'
        f"<ul>{rows or '<li>Không có gì chờ ký.</li>'}</ul></html>"
    )
