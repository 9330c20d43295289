"""A machine is a table of its moves, and nothing else moves it."""

from collections.abc import Iterable
from enum import StrEnum
from typing import Generic, TypeVar

import msgspec

CallT = TypeVar("CallT", bound=StrEnum)
PartT = TypeVar("PartT", bound=StrEnum)
State = TypeVar("State", bound=StrEnum)


class Move(msgspec.Struct, Generic[State, CallT, PartT], frozen=True, kw_only=True):
    """One line of a machine: from where to where, by which call, of whom."""

    source: State | None
    """None: before it begins."""
    target: State
    call: CallT
    who: PartT


class Machine(Generic[State, CallT, PartT]):
    """All the moves there are. No two of them leave the same state by the same call."""

    def __init__(
        self,
        *lines: tuple[Iterable[State | None], State | None, CallT, PartT],
        follows: frozenset[CallT] = frozenset(),
    ) -> None:
        """Read lines of (from any of these, to, by which call, of whom); to None: where it is."""
        self.moves = tuple(
            Move(source=source, target=_there(source, target), call=call, who=who)
            for sources, target, call, who in lines
            for source in sources
        )
        self.follows = follows
        """Calls that move this machine where it can be moved, and need not."""
        self._targets = {(move.source, move.call): move.target for move in self.moves}
        self._calls = {move.call for move in self.moves}

    def concerns(self, call: CallT) -> bool:
        """Tell whether the call cannot be without a move of this machine."""
        return call in self._calls - self.follows

    def may(self, source: State | None, call: CallT) -> bool:
        """Tell whether this machine lets the call through from here."""
        return not self.concerns(call) or (source, call) in self._targets

    def target(self, source: State | None, call: CallT) -> State | None:
        """Return where the call leads; where it stands when the call does not move it."""
        return self._targets.get((source, call), source)


def _there(source: State | None, target: State | None) -> State:
    found = target or source
    if found is None:
        raise ValueError("a machine begins somewhere")
    return found
