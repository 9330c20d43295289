"""Figures for the operator, without a path, a person or a value in them."""

import os
from typing import Final

from prometheus_client import (
    REGISTRY,
    CollectorRegistry,
    Counter,
    Gauge,
    Histogram,
    start_http_server,
)
from prometheus_client.multiprocess import MultiProcessCollector

METHODS: Final = frozenset({"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"})
"""Methods that have a figure of their own; callers can invent as many as they like."""

SHARED: Final = "PROMETHEUS_MULTIPROC_DIR"
"""Environment variable: the folder in which several workers add their figures together."""

_SECONDS: Final = Histogram(
    "tinhs_request_seconds",
    "Time from the head of a request to the end of its answer.",
    ("method", "route", "status"),
    buckets=(0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10),
)
_SHED: Final = Counter("tinhs_requests_shed", "Requests refused because there was too much to do.")
_UNDER_WAY: Final = Gauge(
    "tinhs_requests_under_way",
    "Requests in hand.",
    ("state",),
    multiprocess_mode="livesum",
)
_POOL: Final = Gauge(
    "tinhs_pool_connections",
    "Database connections that are free, and callers who wait for one.",
    ("state",),
    multiprocess_mode="livesum",
)


class Metrics:
    """The figures of this process."""

    def __init__(self) -> None:
        self._seconds: dict[tuple[str, str, int], Histogram] = {}
        self._shed = 0

    def answered(self, method: str, route: str, status: int, seconds: float) -> None:
        """Count one answer."""
        labels = (method, route, status)
        child = self._seconds.get(labels)
        if child is None:
            child = self._seconds[labels] = _SECONDS.labels(method, route, str(status))
        child.observe(seconds)

    def sampled(self, *, counts: dict[str, int], shed: int, free: int, waiting: int) -> None:
        """Take down what is under way at the moment; the host calls this every second."""
        for state, count in counts.items():
            _UNDER_WAY.labels(state).set(count)
        _SHED.inc(shed - self._shed)
        self._shed = shed
        _POOL.labels("free").set(free)
        _POOL.labels("waiting").set(waiting)


def listen(port: int) -> None:
    """Serve the figures of every worker of this machine on its loopback, and nowhere else."""
    registry = REGISTRY
    if SHARED in os.environ:
        registry = CollectorRegistry()
        MultiProcessCollector(registry)
    start_http_server(port, addr="127.0.0.1", registry=registry)
