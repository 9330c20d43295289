"""What the command line gives to a module's own commands, as the object of click's context."""

from collections.abc import Callable
from contextlib import AbstractAsyncContextManager
from typing import Protocol, TypeAlias

from backend.kernel.database import Transaction


class Workplace(Protocol):
    """The house as a command meets it."""

    def transaction(self) -> AbstractAsyncContextManager[Transaction]:
        """Lend a transaction of the house, as a job; it commits when the block ends well."""
        ...


Shell: TypeAlias = Callable[[], AbstractAsyncContextManager[Workplace]]
"""`async with shell() as place, place.transaction() as tx: …`, for `@click.pass_obj`."""
