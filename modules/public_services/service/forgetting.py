"""Forgetting what nobody needs any more, every night."""

from datetime import timedelta
from typing import Final

from backend.kernel import Job, Transaction
from modules.public_services.repository import asking
from modules.public_services.repository import mine as repository
from modules.public_services.settings import Settings

_DELIVERIES: Final = timedelta(days=30)
"""Senders try again for days; a month later none does."""


async def prune(tx: Transaction) -> None:
    """Forget ended watches, old answers and questions, and dossiers that ended long ago."""
    kept = timedelta(days=tx.ask(Settings).dossier_days)
    await repository.prune(tx, deliveries=_DELIVERIES, dossiers=kept)
    await asking.forget_sums(tx, tx.today - asking.DAYS)


PRUNE: Final = Job(name="public_services.forget", run=prune, cron="40 2 * * *", seconds_max=600)
