"""Is the history as it was written? Anybody who holds the database can try to change it."""

from collections.abc import Iterable, Mapping, Sequence
from itertools import groupby
from typing import Final, Literal
from uuid import UUID

import msgspec

from backend.kernel import Snapshot
from modules.feedback.model.history import NOTHING, Entry, committed, content, linked
from modules.feedback.model.machines import REPORT, Call
from modules.feedback.repository import history as repository

What = Literal["missing", "changed", "said-otherwise", "state"]
"""`missing`: there should be an event of this number. `changed`: the event, or one before it.
`said-otherwise`: the words or photos that it commits to. `state`: the report itself, which stands
where its history does not lead."""

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
    events: int
    breaches: Sequence[Breach]


async def verify(snapshot: Snapshot) -> Verdict:
    """Recompute every chain, 200 reports at a time, and name the first bad event of each."""
    reports, events, after = 0, 0, _FIRST
    breaches: list[Breach] = []
    while batch := await repository.chained(snapshot, after):
        ids = [report.id for report in batch]
        chains = {
            report_id: list(entries)
            for report_id, entries in groupby(
                await repository.entries(snapshot, ids), lambda entry: entry.report_id
            )
        }
        words = {
            (said.report_id, said.seq): said for said in await repository.salted(snapshot, ids)
        }
        for report in batch:
            chain = chains.get(report.id, [])
            breaches += _breaches(report, chain, words)
            events += len(chain)
        reports += len(batch)
        after = batch[-1].id
    return Verdict(reports=reports, events=events, breaches=breaches)


def _breaches(
    report: repository.Chained,
    chain: Sequence[Entry],
    words: Mapping[tuple[UUID, int], repository.Salted],
) -> Iterable[Breach]:
    found = _first_bad(report, chain, words)
    if found is not None:
        seq, what = found
        yield Breach(code=report.code, report_id=report.id, seq=seq, what=what)


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
            said.salt, content(said.text, said.photos)
        ):
            return seq, "said-otherwise"
        before = entry.hash
    if len(chain) != report.version:
        return len(chain) + 1, "missing"
    stands = [entry.target for entry in chain if REPORT.concerns(Call(entry.kind))]
    return None if stands[-1:] == [report.state] else (len(chain), "state")
