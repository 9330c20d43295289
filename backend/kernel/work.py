"""Work that waits in the database: reactions to events, jobs, and errands outside the house.

Whatever waits is done at least once. What it changes in our database happens exactly once,
because the change and the note that it is done are one transaction.
"""

from collections.abc import Awaitable, Callable, Iterable
from contextvars import ContextVar
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any, Final, TypeVar

import msgspec
from cronsim import CronSim, CronSimError

from contracts.event import Event

if TYPE_CHECKING:
    from backend.kernel.database import Transaction

E = TypeVar("E", bound=Event)

ATTEMPTS_MAX: Final = 5
"""So many failures of its own bury a piece of work, unless its job says otherwise."""

at_work: Final[ContextVar[int]] = ContextVar("at_work")
"""The id of the piece of work at hand; the worker sets it. Modules read it as `work_key()`."""


class Later(Exception):
    """The work cannot be done yet: come back after `delay`, and do not count this as a failure."""

    def __init__(self, delay: timedelta) -> None:
        super().__init__(delay)
        self.delay = delay


class GiveUp(Exception):
    """The work can never be done: bury it now instead of trying again."""


def work_key() -> str:
    """Return the key of the piece of work at hand, the same at every try.

    An errand gives it to the outside as its idempotency key, so that a second call after a crash
    does nothing twice. Raises LookupError where no work is being done.
    """
    return f"work-{at_work.get()}"


class Subscription(msgspec.Struct, frozen=True, kw_only=True):
    """A reaction to one type of event, in its own transaction, in order for each subject.

    `react(tx, event)` may run again after a failure and after a replay: it must be repeatable.
    """

    name: str
    event: type[Event]
    react: Callable[..., Awaitable[None]]
    seconds_max: int = 60
    """A longer run is cancelled and counts as a failure."""
    attempts_max: int = ATTEMPTS_MAX
    field: str | None = None
    among: tuple[str, ...] = ()
    """No work comes of events whose `field` says none of these; a replay brings those, too."""

    def __post_init__(self) -> None:
        """Refuse one that waits for what its event never says."""
        if self.field is not None and self.field not in self.event.__struct_fields__:
            raise ValueError(f"{self.name}: {self.event.__name__} has no {self.field!r}")


def on(
    event: type[E],
    react: "Callable[[Transaction, E], Awaitable[None]]",
    *,
    name: str,
    field: str | None = None,
    among: Iterable[str] = (),
) -> Subscription:
    """Subscribe `react` to `event`, or to those of which a field says one of `among`.

    The name is kept in the database: never change it. Raises ValueError for a field that the
    event does not have.
    """
    among = tuple(sorted(among))
    return Subscription(name=name, event=event, react=react, field=field, among=among)


class Errand(msgspec.Struct, frozen=True, kw_only=True):
    """Work that goes outside the house: no transaction is open while `call` waits.

    `prepare(tx, payload)` returns a request, `call(request)` an answer, and
    `settle(tx, request, answer)` keeps what came of it. `seconds_max` bounds the first two
    together; afterwards another worker may try, so the outside gets `work_key()`.
    """

    prepare: Callable[..., Awaitable[Any]]
    call: Callable[..., Awaitable[Any]]
    settle: Callable[..., Awaitable[None]]
    seconds_max: int = 30


class Job(msgspec.Struct, frozen=True, kw_only=True):
    """Work done on a timetable, or once for each `tx.enqueue`.

    One with a `payload` is enqueued and runs as `run(tx, payload)`. One with `every` or `cron`
    (five fields, Vietnam's clock) has none and runs as `run(tx)`, once for each tick over all
    processes; missed ticks become one, and a tick waits for the one before it. Raises ValueError
    when declared as neither or as both.
    """

    name: str
    run: Callable[..., Awaitable[None]] | Errand
    payload: type[msgspec.Struct] | None = None
    every: timedelta | None = None
    cron: str | None = None
    seconds_max: int = 60
    """A longer run is cancelled and counts as a failure."""
    attempts_max: int = ATTEMPTS_MAX

    def __post_init__(self) -> None:
        """Refuse a job that nothing could start, or that two things could."""
        if sum(start is not None for start in (self.payload, self.every, self.cron)) != 1:
            raise ValueError(f"{self.name}: give it a payload, or `every`, or `cron`: one of them")
        if self.every is not None and self.every < timedelta(seconds=1):
            raise ValueError(f"{self.name}: it cannot run more often than every second")
        if self.cron is not None:
            _require_cron(self.name, self.cron)


def _require_cron(name: str, cron: str) -> None:
    if len(cron.split()) != 5:
        raise ValueError(f"{name}: cron {cron!r} has not five fields")
    try:
        CronSim(cron, datetime(2026, 1, 1))  # noqa: DTZ001 - any moment does
    except CronSimError as error:
        raise ValueError(f"{name}: cron {cron!r}: {error}") from error
