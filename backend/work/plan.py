"""The timetable: each tick of a job becomes one piece of work, however many processes look on."""

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Final

import msgspec
from cronsim import CronSim

from backend.kernel import VIETNAM, Job, Query, Statement
from backend.work.perform import Workshop

_LOCK: Final = 7426_0003
_MIDNIGHT: Final = datetime(1970, 1, 1, tzinfo=VIETNAM)
_MICROSECOND: Final = timedelta(microseconds=1)


class Granted(msgspec.Struct, frozen=True, kw_only=True):
    """Whether this transaction plans."""

    granted: bool


class Ticked(msgspec.Struct, frozen=True, kw_only=True):
    """The last tick of a job that became work."""

    name: str
    ticked_at: datetime


# Inside the transaction of each tick: nobody goes on planning who has lost the database.
PLAN: Final = Query(Granted, "select pg_try_advisory_xact_lock($1) as granted")

# A job that was never planned begins now: its past is not caught up with.
KNOW: Final = Statement(
    """
    insert into kernel.timetable (name, ticked_at)
    select name, $2
      from unnest($1::text[]) as job (name)
        on conflict (name) do nothing
    """
)

# While the last tick is at work or waits for another try, the next one waits too: one will do
# for all that are missed. A buried one holds up nobody.
TICK: Final = Statement(
    """
    with ticked as (
        update kernel.timetable
           set ticked_at = due.moment
          from unnest($1::text[], $2::timestamptz[], $3::text[]) as due (name, moment, key)
         where timetable.name = due.name
           and timetable.ticked_at < due.moment
           and not exists (
               select
                 from kernel.work
                where work.name = due.name
                  and work.state in ('waiting', 'running'))
        returning due.name, due.moment, due.key
    )
    insert into kernel.work (name, key, payload, trace, due_at)
    select name, key, '{}', '', moment
      from ticked
        on conflict (name, key) where key is not null do nothing
    """
)

TICKED: Final = Query(
    Ticked, "select name, ticked_at from kernel.timetable where name = any($1::text[])"
)


def latest(job: Job, now: datetime) -> datetime | None:
    """Return the last moment, up to and with `now`, at which the job was due by its timetable.

    `every` counts from a midnight of Vietnam, `cron` is read on Vietnam's clock.
    """
    if job.every is not None:
        return _MIDNIGHT + (now - _MIDNIGHT) // job.every * job.every
    if job.cron is not None:
        clock = now.astimezone(VIETNAM).replace(tzinfo=None)
        # The search backwards leaves out the moment it starts from.
        return next(CronSim(job.cron, clock + _MICROSECOND, reverse=True)).replace(tzinfo=VIETNAM)
    return None


class Planner:
    """Turns the timetable of this process's jobs into work; remembers what needs no look."""

    def __init__(self, shop: Workshop) -> None:
        self._shop = shop
        self._jobs = [duty for duty in shop.duties.values() if isinstance(duty, Job)]
        self._ticked: dict[str, datetime] = {}

    async def tick(self) -> int:
        """Plan each job whose moment has come; return how many this process planned."""
        due = self._due(self._shop.clock())
        if not due:
            return 0
        names = list(due)
        async with self._shop.transaction() as tx:
            if not (await tx.one(PLAN, _LOCK)).granted:
                return 0
            await tx.run(KNOW, names, tx.now)
            keys = [f"tick {moment.isoformat()}" for moment in due.values()]
            planned = await tx.run(TICK, names, list(due.values()), keys)
            ticked = await tx.all(TICKED, names)
        self._ticked |= {row.name: row.ticked_at for row in ticked}
        return planned

    def _due(self, now: datetime) -> Mapping[str, datetime]:
        moments = {job.name: latest(job, now) for job in self._jobs}
        return {
            name: moment
            for name, moment in moments.items()
            if moment is not None and (name not in self._ticked or self._ticked[name] < moment)
        }
