"""What the module does about what others tell."""

from typing import Final

from backend.kernel import Transaction, on
from contracts.calendar import YearConfirmed
from contracts.feedback import ReportFiled
from contracts.files import FileStore
from modules.feedback.service import duplicates, sweeping


async def _confirm(tx: Transaction, confirmed: YearConfirmed) -> None:
    await sweeping.confirm(tx, confirmed.year)


async def _fingerprint(tx: Transaction, filed: ReportFiled) -> None:
    await duplicates.fingerprint(tx, filed.report_id, store=tx.ask(FileStore))


FINGERPRINT: Final = on(ReportFiled, _fingerprint, name="feedback.fingerprint")

CONFIRM: Final = on(YearConfirmed, _confirm, name="feedback.confirm-deadlines")
