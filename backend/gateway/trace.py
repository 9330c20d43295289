"""The thread through everything that one request causes, and the one line that remembers it."""

import os
import re
from time import perf_counter
from typing import Any, Final

import msgspec

from backend.gateway.exchange import Exchange
from backend.gateway.limit import coarse
from backend.gateway.logs import Journal
from backend.gateway.metrics import METHODS, Metrics

_PARENT: Final = re.compile(rb"00-([0-9a-f]{32})-[0-9a-f]{16}-[0-9a-f]{2}\Z")
# Short numbers between dots: a version, and no room for a phone's or a person's number.
_CLIENT: Final = re.compile(rb"[a-z][a-z-]{0,19}/[0-9]{1,5}(\.[0-9]{1,5}){0,3}\Z")
_NO_TRACE: Final = b"0" * 32
_HUNG_UP: Final = 499  # nginx's word for it; no such status is ever sent


class Line(msgspec.Struct, frozen=True, omit_defaults=True):
    """One line of the access log. Its members are all that is ever kept of a request."""

    at: float
    """Seconds since 1970."""
    event: str
    method: str
    route: str
    """The template, never the path: what stands in its places is somebody's."""
    status: int
    ms: float
    trace_id: str
    caller: str
    """The kind of caller, not who."""
    network: str
    """The /24 or /48 that the request came from."""
    client: str = ""
    """What the app calls itself in `Tinhs-Client`, such as `android/2.3.1`."""


def trace_id_of(traceparent: bytes | None) -> str:
    """Return the trace that the caller began (W3C Trace Context), or a new one."""
    if traceparent is not None:
        found = _PARENT.match(traceparent)
        if found and found[1] != _NO_TRACE:
            return found[1].decode()
    return os.urandom(16).hex()


class Trace:
    """Remembers each exchange in a line and in the metrics, when it is over."""

    def __init__(self, journal: Journal, metrics: Metrics) -> None:
        self._journal, self._metrics = journal, metrics

    def end(self, exchange: Exchange, now: float) -> None:
        scope: Any = exchange.scope
        seconds = perf_counter() - exchange.started
        method = exchange.method if exchange.method in METHODS else "other"
        route = scope.get("path_template", "none")
        status = _HUNG_UP if exchange.is_gone else exchange.status
        self._metrics.answered(method, route, status, seconds)
        visit = scope.get("visit")
        client = exchange.headers.get(b"tinhs-client", b"")
        self._journal.keep(
            Line(
                at=now,
                event="answered",
                method=method,
                route=route,
                status=status,
                ms=round(seconds * 1000, 2),
                trace_id=exchange.trace_id,
                caller="anyone" if visit is None else visit.principal.kind,
                network=coarse(exchange.address),
                client=client.decode() if client and _CLIENT.match(client) else "",
            )
        )
