"""Work that waits in the database: reactions to events, and jobs."""

from collections.abc import Awaitable, Callable
from datetime import timedelta
from typing import TYPE_CHECKING, Any, TypeVar

import msgspec

from contracts.event import Event

if TYPE_CHECKING:
    from backend.kernel.database import Transaction

E = TypeVar("E", bound=Event)


class Later(Exception):
    """The work cannot be done yet; come back after `delay` without counting an attempt."""

    def __init__(self, delay: timedelta) -> None:
        super().__init__(delay)
        self.delay = delay


class GiveUp(Exception):
    """The work can never be done; bury it now instead of trying twelve times."""


class Subscription(msgspec.Struct, frozen=True, kw_only=True):
    """A reaction to one type of event, in its own transaction, in order for each subject."""

    name: str
    event: type[Event]
    react: Callable[..., Awaitable[None]]


def on(
    event: type[E], react: "Callable[[Transaction, E], Awaitable[None]]", *, name: str
) -> Subscription:
    """Subscribe `react` to `event`. The name is kept in the database: never change it."""
    return Subscription(name=name, event=event, react=react)


class Errand(msgspec.Struct, frozen=True, kw_only=True):
    """Work that goes outside the house: no transaction is open while `call` waits."""

    prepare: Callable[..., Awaitable[Any]]
    call: Callable[..., Awaitable[Any]]
    settle: Callable[..., Awaitable[None]]
    seconds_max: int = 30


class Job(msgspec.Struct, frozen=True, kw_only=True):
    """Work done on a timetable, or once for each `tx.enqueue`."""

    name: str
    run: Callable[..., Awaitable[None]] | Errand
    payload: type[msgspec.Struct] | None = None
    every: timedelta | None = None
    cron: str | None = None
    seconds_max: int = 60
    attempts_max: int = 5
