"""Writing down looks: `contracts.personal_data.AccessLog`."""

from backend.audit import reading
from backend.identity.people.looking import line
from backend.kernel import Snapshot, Statement, Transaction
from contracts.page import Page
from contracts.personal_data import AccessLogEntry, Look

NOTE = Statement("select audit.note($1, $2)")


class SealedLog:
    """The log of this installation."""

    def __init__(self, tx: Snapshot) -> None:
        self._tx = tx

    async def note(self, *looks: Look) -> None:
        """Write down who looked; see `contracts.personal_data.AccessLog`."""
        said = [told for look in looks if (told := line(self._tx, look)) is not None]
        if not said:
            return
        if not isinstance(self._tx, Transaction):
            raise TypeError("a look at somebody leaves a line: ask a Transaction")
        await self._tx.run(NOTE, said, self._tx.now)

    async def told(self, about: str, cursor: str | None, limit: int) -> Page[AccessLogEntry]:
        """Return the looks about one thing; see `contracts.personal_data.AccessLog`."""
        return await reading.own_about(self._tx, about, cursor, limit)
