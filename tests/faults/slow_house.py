"""`tinhs serve` with one look-up more, which holds a connection of the pool for 40 ms.

With `unshed` as an argument it lets everybody in.
"""

import sys
from collections.abc import Sequence

import msgspec
from litestar import get

from backend.host import cli, gate, installation
from backend.kernel import Anyone, Injected, Module, Query, Snapshot


class Waited(msgspec.Struct, frozen=True, kw_only=True):
    """What took its time."""

    text: str


WAIT = Query(Waited, "select pg_sleep(0.04)::text as text")


@get("/", guards=[Anyone()])
async def wait(snapshot: Injected[Snapshot]) -> Waited:
    """Look something up that takes a while."""
    return await snapshot.one(WAIT)


SLOW = Module(name="slow", routes=(wait,))


def main() -> None:
    """Serve until a signal."""
    found = installation.discover

    def discover(guests: Sequence[str] = ()) -> list[Module]:
        return [*found(guests=guests), SLOW]

    installation.discover = discover
    if "unshed" in sys.argv:
        gate._IN_HAND_PER_CONNECTION = 1_000_000
    cli.main(["serve"])


if __name__ == "__main__":
    main()
