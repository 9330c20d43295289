"""A dossier (hồ sơ) on its way: ten states, the moves between them, a clock that can stop."""

import re
from collections.abc import Iterable
from datetime import date, datetime, timedelta
from enum import IntEnum
from typing import Final, Literal
from uuid import UUID

import msgspec

_CODE: Final = re.compile(
    r"(?:\d{3}\.\d{2}\.\d{2}\.[A-Z]\d{2}|[A-Z]\d{2}(?:\.\d{1,3}){0,3})-(\d{6}|\d{8})-\d{4,7}"
)
_DASHES: Final = re.compile(r"\s*[-‐‑‒–—−]\s*")
CODE_CHARACTERS_MAX: Final = 40

Group = Literal["waiting", "processing", "paused", "refused", "done"]
Clock = Literal["acceptance", "runs", "stopped", "ended"]
DueSource = Literal["agency", "computed"]
"""Who named the date: who resolves it, or we by the catalogue and the calendar."""
Punctuality = Literal["in_time", "late", "unknown"]


class Status(IntEnum):
    """The national list of states (danh mục trạng thái hồ sơ)."""

    REGISTERED = 1
    RECEIVED = 2
    REFUSED = 3
    PROCESSING = 4
    PAPERS_WANTED = 5
    PAYMENT_WANTED = 6
    WITHDRAWN = 7
    SUSPENDED = 8
    FINISHED = 9
    RETURNED = 10


_S = Status

MOVES: Final[dict[Status, frozenset[Status]]] = {
    _S.REGISTERED: frozenset(
        {_S.RECEIVED, _S.REFUSED, _S.PAPERS_WANTED, _S.PAYMENT_WANTED, _S.WITHDRAWN}
    ),
    _S.RECEIVED: frozenset(
        {
            _S.PROCESSING,
            _S.PAPERS_WANTED,
            _S.PAYMENT_WANTED,
            _S.WITHDRAWN,
            _S.SUSPENDED,
            _S.FINISHED,
        }
    ),
    _S.REFUSED: frozenset(),
    _S.PROCESSING: frozenset(
        {_S.PAPERS_WANTED, _S.PAYMENT_WANTED, _S.WITHDRAWN, _S.SUSPENDED, _S.FINISHED}
    ),
    _S.PAPERS_WANTED: frozenset({_S.RECEIVED, _S.PROCESSING, _S.WITHDRAWN, _S.SUSPENDED}),
    _S.PAYMENT_WANTED: frozenset({_S.RECEIVED, _S.PROCESSING, _S.WITHDRAWN, _S.SUSPENDED}),
    _S.WITHDRAWN: frozenset(),
    _S.SUSPENDED: frozenset({_S.PROCESSING, _S.WITHDRAWN, _S.FINISHED}),
    _S.FINISHED: frozenset({_S.RETURNED}),
    _S.RETURNED: frozenset(),
}
"""The list is national, the graph inferred: a source that moves otherwise is believed and noted."""

_GROUPS: Final[dict[Status, Group]] = {
    _S.REGISTERED: "waiting",
    _S.RECEIVED: "processing",
    _S.REFUSED: "refused",
    _S.PROCESSING: "processing",
    _S.PAPERS_WANTED: "paused",
    _S.PAYMENT_WANTED: "paused",
    _S.WITHDRAWN: "done",
    _S.SUSPENDED: "paused",
    _S.FINISHED: "done",
    _S.RETURNED: "done",
}
_CLOCKS: Final[dict[Group, Clock]] = {
    "waiting": "acceptance",
    "processing": "runs",
    "paused": "stopped",
    "refused": "ended",
    "done": "ended",
}


def group_of(status: Status) -> Group:
    """Return what the state means to whoever waits."""
    return _GROUPS[status]


def clock_of(status: Status) -> Clock:
    """Return whether the time of the authority runs in this state."""
    return _CLOCKS[_GROUPS[status]]


def is_anomaly(before: Status | None, after: Status) -> bool:
    """Tell whether the graph does not know this move. The first state may be any."""
    return before is not None and before is not after and after not in MOVES[before]


def normalised(text: str) -> str:
    """Return a dossier code as it is kept; raises ValueError for what cannot be one.

    All three generations that are in use: `000.00.22.H56-260105-0001`, `H56.22-260105-0001`,
    `G09.20-20260105-0000001`. The date in it must exist.
    """
    code = _DASHES.sub("-", text.strip()).upper()
    found = _CODE.fullmatch(code)
    if found is None or not code.isascii():
        raise ValueError("code")
    digits = found[1] if len(found[1]) == 8 else f"20{found[1]}"
    date(int(digits[:4]), int(digits[4:6]), int(digits[6:]))
    return code


class Moment(msgspec.Struct, frozen=True, kw_only=True):
    """A state that a dossier took, and when."""

    occurred_at: datetime
    to_status: Status


def paused_for(moments: Iterable[Moment], until: datetime) -> timedelta:
    """Return how long the clock has stood still; `moments` are in the order of their times."""
    total = timedelta()
    since: datetime | None = None
    for moment in moments:
        stops = clock_of(moment.to_status) == "stopped"
        if since is not None and not stops:
            total += moment.occurred_at - since
        since = (since or moment.occurred_at) if stops else None
    return total if since is None else total + max(until - since, timedelta())


class Dossier(msgspec.Struct, frozen=True, kw_only=True):
    """A dossier as its source last told of it. Nothing here says whose it is."""

    id: UUID
    source: str
    code: str
    procedure_code: str | None
    procedure_title: str
    receiving_agency: str
    resolving_agency: str
    status: Status
    status_at: datetime
    submitted_at: datetime | None
    received_at: datetime | None
    first_due_at: datetime | None
    due_at: datetime | None
    due_source: DueSource | None
    finished_at: datetime | None
    returned_at: datetime | None
    fee_due_vnd: int | None
    synced_at: datetime
    demo: bool

    def judged_at(self, now: datetime) -> datetime:
        """Return the moment that counts against a date: the clock may have stopped or ended."""
        clock = clock_of(self.status)
        if clock == "ended":
            return self.finished_at or self.status_at
        return self.status_at if clock == "stopped" else now

    def punctuality(self, due_at: datetime | None, now: datetime) -> Punctuality:
        """Tell whether it is, or was, in time for a date; a clock that stands delays nothing."""
        if due_at is None or self.received_at is None:
            return "unknown"
        return "late" if self.judged_at(now) > due_at else "in_time"
