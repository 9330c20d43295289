"""Is the history as it was written? Anybody who holds the database can try to change it."""

from collections.abc import Mapping, Sequence
from datetime import date
from itertools import groupby
from typing import Final, Literal
from uuid import UUID

import msgspec

from backend.kernel import Transaction
from modules.feedback.model.history import NOTHING, Entry, committed, content, linked
from modules.feedback.model.machines import REPORT, Call
from modules.feedback.repository import history as repository
from modules.feedback.repository import manifest as manifests
from modules.feedback.service import manifest

What = Literal["missing", "changed", "said-otherwise", "state", "manifest"]
"""`missing`: there should be an event of this number. `changed`: the event, or one before it.
`said-otherwise`: the words or photos that it commits to. `state`: the report itself, which stands
where its history does not lead. `manifest`: it stood otherwise at the end of a day."""

_FIRST: Final = UUID(int=0)


class Breach(msgspec.Struct, frozen=True, kw_only=True):
    """The first event of a report that is not as it was written."""

    code: str
    report_id: UUID
    seq: int
    what: What


class Verdict(msgspec.Struct, frozen=True, kw_only=True):
    """What a verification found."""

    reports: int
    breaches: Sequence[Breach]
    days: Sequence[date] = ()
    """Days whose manifest is not as it was written."""


async def verify(tx: Transaction) -> Verdict:
    """Recompute every chain, 200 reports at a time, and name the first bad event of each."""
    reports, after = 0, _FIRST
    breaches: list[Breach] = []
    while batch := await repository.chained(tx, after):
        suspects = await _breaches(tx, batch)
        if suspects:  # perhaps they only moved while we read: look again while they cannot
            held = await repository.held(tx, [suspect.report_id for suspect in suspects])
            breaches += await _breaches(tx, held)
        reports += len(batch)
        after = batch[-1].id
    named = {breach.report_id for breach in breaches}
    breaches += [
        Breach(code=lost.code, report_id=lost.report_id, seq=lost.seq, what="manifest")
        for lost in await manifests.lost(tx)
        if lost.report_id not in named
    ]
    return Verdict(reports=reports, breaches=breaches, days=await manifest.broken(tx))


async def _breaches(tx: Transaction, reports: Sequence[repository.Chained]) -> list[Breach]:
    ids = [report.id for report in reports]
    entries = await repository.entries(tx, ids)
    chains = {of: list(chain) for of, chain in groupby(entries, lambda entry: entry.report_id)}
    said = {(each.report_id, each.seq): each for each in await repository.salted(tx, ids)}
    judged = [(report, _first_bad(report, chains.get(report.id, []), said)) for report in reports]
    return [
        Breach(code=report.code, report_id=report.id, seq=found[0], what=found[1])
        for report, found in judged
        if found is not None
    ]


def _first_bad(
    report: repository.Chained,
    chain: Sequence[Entry],
    words: Mapping[tuple[UUID, int], repository.Salted],
) -> tuple[int, What] | None:
    before = NOTHING
    for seq, entry in enumerate(chain, start=1):
        if entry.seq != seq:
            return seq, "missing"
        if entry.hash != linked(before, entry):
            return seq, "changed"
        said = words.get((report.id, seq))
        if said is not None and entry.commitment != committed(
            said.salt, content(said.text, said.photos, {a.code: a.values for a in said.answers})
        ):
            return seq, "said-otherwise"
        before = entry.hash
    if len(chain) != report.version:  # each call raises the version and leaves one event
        return min(len(chain), report.version) + 1, "missing"
    led = [entry.target for entry in chain if REPORT.concerns(Call(entry.kind))]
    return None if led[-1:] == [report.state] else (len(chain), "state")
