"""Reports that look like abuse, and by what."""

from collections.abc import Sequence
from datetime import datetime
from typing import Final, LiteralString

import msgspec

from backend.kernel import Query, Statement, Transaction
from modules.feedback.model.reports import Report
from modules.feedback.model.suspicion import Flag

# A sender is an account, else a device; never an address, which a household or a village shares.
_THEIRS: Final[LiteralString] = """
      (select theirs.report_id
         from feedback.reporter as mine
         join feedback.reporter as theirs on theirs.person_id = mine.person_id
        where mine.report_id = $1
        union
       select theirs.report_id
         from feedback.reporter as mine
         join feedback.reporter as theirs on theirs.device_mac = mine.device_mac
        where mine.report_id = $1 and mine.person_id is null) as theirs
"""


class Words(msgspec.Struct, frozen=True, kw_only=True):
    """What a sender wrote before."""

    original: str


WORDS: Final = Query(
    Words,
    f"""
    select report_text.original
      from {_THEIRS}
      join feedback.report on report.id = theirs.report_id
      join feedback.report_text on report_text.report_id = theirs.report_id
     where (report.received_at, report.id) < ($2, $1)
       and report.received_at >= $3
     order by report.received_at desc, report.id desc
     limit 50
    """,
)


class Untrue(msgspec.Struct, frozen=True, kw_only=True):
    """How many reports of a sender were declined as untrue."""

    reports: int


UNTRUE: Final = Query(
    Untrue,
    f"""
    select count(*)::integer as reports
      from {_THEIRS}
      join feedback.event on event.report_id = theirs.report_id
     where event.kind = 'declination'
       and event.at >= $2
       and event.codes && $3::text[]
    """,
)

FLAG: Final = Statement("""
    update feedback.report
       set flags = $2, suspect = $3 and state = 'received'
     where id = $1
""")


async def words(tx: Transaction, report: Report, since: datetime) -> Sequence[str]:
    """Return what the sender of a report has written before it, the newest first, at most 50."""
    found = await tx.all(WORDS, report.id, report.received_at, since)
    return [each.original for each in found]


async def untrue(tx: Transaction, report: Report, since: datetime, reasons: Sequence[str]) -> int:
    """Return how many reports of its sender were declined for one of these reasons."""
    return (await tx.one(UNTRUE, report.id, since, reasons)).reports


async def flag(
    tx: Transaction, report: Report, flags: Sequence[Flag], *, is_read_last: bool
) -> None:
    """Say why a report looks like abuse. One that somebody has in hand keeps its place."""
    await tx.run(FLAG, report.id, flags, is_read_last)
