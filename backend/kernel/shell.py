"""What the command line gives to a module's own commands."""

from collections.abc import Awaitable, Callable
from typing import Protocol, TypeVar

from backend.kernel.database import Transaction

T = TypeVar("T")


class Shell(Protocol):
    """The house as a command meets it: `@click.pass_obj def import_units(shell: Shell, …)`."""

    @property
    def is_development(self) -> bool:
        """Whether this is a developer's checkout, where a command may write into the source."""
        ...

    def run(self, work: Callable[[Transaction], Awaitable[T]]) -> T:
        """Do the work in one transaction of the house; keep it when it returns, else nothing.

        `tx.principal` is a job's. Raises what the work raises.
        """
        ...
