"""What a module lends to whoever tries its routes as somebody else: the file `testing.py`.

Beside its manifest lies `testing.py`, which no running house imports. It says of every address that
names something either whose samples there are, or why nobody is a stranger to it:

    NAMED = {"categories/{code:str}": PUBLIC}

    async def samples(cast: Cast) -> Samples: ...

An address is told by its end up to the parameter; the longest end wins.
"""

from collections.abc import Mapping
from contextlib import AbstractAsyncContextManager
from typing import Any, Final, Protocol
from uuid import UUID

import msgspec

PUBLIC: Final = "everybody may read it"
UNGUESSED: Final = "whoever knows the address may come in"
PROVINCE: Final = "no officer's own: whoever holds the role works for the whole province"


class Sender(Protocol):
    """Somebody signed in who sends requests."""

    @property
    def person_id(self) -> UUID | None:
        """Who it is; None for an officer."""
        ...

    @property
    def staff_id(self) -> UUID | None:
        """Which officer it is; None for a citizen."""
        ...

    async def send(self, method: str, path: str, **more: Any) -> Any:
        """Send a request; `more` and the answer are what `httpx` takes and gives."""
        ...


class Cast(Protocol):
    """The people of a sample: whoever owns one, and nobody else."""

    citizen: Sender
    """Holds every scope of citizens; the account has proved the number of `demo_id`'s
    `citizen-verified`, 038000000002."""
    officer: Sender
    """Holds every role, in the demo commune of Hạc Thành and in its agency."""

    async def made(self, who: Sender, path: str, **more: Any) -> Any:
        """Post what makes something, `PUT` where `method` says so; return the answer.

        Raises `AssertionError` when it was refused.
        """
        ...

    def house(self, *, sign_in: bool = False) -> AbstractAsyncContextManager[Any]:
        """Lend a transaction of the house, or of the sign-in role, that is kept at its end."""
        ...

    async def seeded(self, *modules: str) -> None:
        """Let these modules tell their demo stories, and do all that follows."""
        ...

    async def work(self) -> None:
        """Do all work that is due."""
        ...


class Samples(msgspec.Struct, frozen=True, kw_only=True):
    """Rows that belong to the cast, and what routes take besides."""

    names: Mapping[str, str]
    """End of an address → what names the row there."""
    asked: Mapping[str, Mapping[str, Any]] = {}
    """`POST /v1/…/{id:uuid}/…` → what `httpx` is to send, so that nothing is refused for its form:
    the row alone decides. Where nothing is said, the least that the published description asks."""
    silent: Mapping[str, str] = {}
    """The same → why even its owner is told no more here than a stranger."""
