"""On the day of a reorganisation: roles end or go over, and the house is told, once."""

from datetime import timedelta
from typing import Final

from backend.identity.admin import repository
from backend.kernel import Job, Transaction
from contracts.identity import AgencyReorganised, Inheriting

_AT_ONCE_MAX: Final = 100


async def _carry_over(tx: Transaction) -> None:
    for _ in range(_AT_ONCE_MAX):
        due = await tx.maybe(repository.CARRY_OVER, tx.now)
        if due is None:
            return
        await tx.publish(
            AgencyReorganised(
                reorganisation_id=due.id,
                former=due.former,
                heirs=tuple(
                    Inheriting(agency_id=heir.agency_id, areas=heir.areas) for heir in due.heirs
                ),
                on=due.on_date,
            )
        )


CARRY_OVER = Job(name="identity.carry-over", run=_carry_over, every=timedelta(minutes=1))
"""Carry out the reorganisations whose day has come."""
