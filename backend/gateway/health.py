"""What the supervisor and the balancer may ask: alive, ready, started.

They are answered before anything else, also when everything else is refused.
"""

import asyncio
from collections.abc import Awaitable, Callable, Mapping
from time import monotonic
from typing import Any, Final, TypeAlias

import msgspec
import structlog
from litestar.types import Send

Check: TypeAlias = Callable[[], Awaitable[bool]]
"""One thing that must be true before requests may come; an exception means that it is not."""

CHECK_SECONDS: Final = 0.2
"""A check that takes longer has failed."""

_LAG_SECONDS_MAX: Final = 1.0
_REMEMBERED_SECONDS: Final = 1.0
_LAG_REMEMBERED_SECONDS: Final = 10.0
_OK: Final = 200
_NOT_NOW: Final = 503
_log: Final = structlog.get_logger("tinhs")


class Health:
    """The state of this process, as those see it who start it and send it requests."""

    def __init__(self, checks: Mapping[str, Check], lags: Mapping[str, Check] = {}) -> None:
        """`lags` are true while a part of us answers with what is older than it promised."""
        self._checks, self._lags = checks, lags
        self._behind: tuple[str, ...] = ()
        self._lagged_at = 0.0
        self._verdicts: dict[str, bool] = {}
        self._checked_at = 0.0
        self.has_started = False
        self.is_draining = False
        """Set when the process has been told to stop: what is in hand is still finished."""

    async def answer(self, path: str, send: Send) -> bool:
        """Answer one of the three questions; tell whether `path` was one."""
        match path:
            case "/livez":
                lag = await _lag()
                await _tell(send, {"alive": lag < _LAG_SECONDS_MAX})
            case "/readyz":
                behind = await self.behind()
                more = {"degraded": behind} if behind else {}
                await _tell(send, await self.readiness(), more)
            case "/startupz":
                await _tell(send, {"started": self.has_started})
            case _:
                return False
        return True

    async def readiness(self) -> dict[str, bool]:
        """Return what must be true to be sent requests, by name. Asked at most once a second."""
        if monotonic() - self._checked_at >= _REMEMBERED_SECONDS:
            self._checked_at = monotonic()
            held = await asyncio.gather(*(_holds(check) for check in self._checks.values()))
            self._verdicts = dict(zip(self._checks, held, strict=True))
        return {
            "started": self.has_started,
            "staying": not self.is_draining,
            **self._verdicts,
        }

    async def behind(self) -> tuple[str, ...]:
        """Return which modules answer with what is older than they promised: no reason to stop."""
        if self._lags and monotonic() - self._lagged_at >= _LAG_REMEMBERED_SECONDS:
            self._lagged_at = monotonic()
            late = await asyncio.gather(*(_holds(lag) for lag in self._lags.values()))
            self._behind = tuple(n for n, is_late in zip(self._lags, late, strict=True) if is_late)
        return self._behind


async def _holds(check: Check) -> bool:
    try:
        async with asyncio.timeout(CHECK_SECONDS):
            return await check()
    except Exception as error:  # noqa: BLE001 - whatever it is, the answer is no
        _log.warning("not ready", exc_info=error)
        return False


async def _lag() -> float:
    """Return how long the event loop takes to come round."""
    began = monotonic()
    await asyncio.sleep(0)
    return monotonic() - began


async def _tell(send: Send, verdicts: Mapping[str, bool], more: Mapping[str, object] = {}) -> None:
    body = msgspec.json.encode({**verdicts, **more})
    headers: list[tuple[bytes, bytes]] = [
        (b"content-type", b"application/json"),
        (b"content-length", b"%d" % len(body)),
        (b"cache-control", b"no-store"),
    ]
    start: Any = {
        "type": "http.response.start",
        "status": _OK if all(verdicts.values()) else _NOT_NOW,
        "headers": headers,
    }
    await send(start)
    await send({"type": "http.response.body", "body": body, "more_body": False})
