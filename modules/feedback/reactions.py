"""What the module does about what others tell."""

from typing import Final

from backend.kernel import Transaction, on
from contracts.calendar import YearConfirmed
from modules.feedback.service import sweeping


async def _confirm(tx: Transaction, confirmed: YearConfirmed) -> None:
    await sweeping.confirm(tx, confirmed.year)


CONFIRM: Final = on(YearConfirmed, _confirm, name="feedback.confirm-deadlines")
