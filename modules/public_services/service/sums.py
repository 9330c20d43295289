"""How it goes in sum: opinions about pages, and dossiers that ended."""

from datetime import timedelta
from typing import Final

from backend.kernel import Job, Snapshot, Transaction, t
from modules.public_services.errors import NoSuchProcedure
from modules.public_services.model.statistics import DossierSum, DossierSums
from modules.public_services.repository import catalogue
from modules.public_services.repository import sums as repository

_MONTHS_AGAIN: Final = 62


async def sums(snapshot: Snapshot, agency: str | None, procedure_code: str | None) -> DossierSums:
    """Return how dossiers went, and what each figure counts."""
    columns = DossierSum.__struct_fields__
    return DossierSums(
        sums=tuple(await repository.sums(snapshot, agency, procedure_code)),
        definitions={column: t(f"public_services.sums.{column}") for column in columns},
    )


async def vote(tx: Transaction, code: str, opinion: str) -> None:
    """Count an opinion about a page. Raises `NoSuchProcedure`."""
    if await catalogue.number(tx, code) is None:
        raise NoSuchProcedure
    await repository.vote(tx, code, opinion)


async def sum_up(tx: Transaction) -> None:
    """Sum up the last two months anew."""
    since = (tx.today - timedelta(days=_MONTHS_AGAIN)).replace(day=1)
    await repository.sum_up(tx, since)


SUM_UP: Final = Job(name="public_services.sum-up", run=sum_up, cron="10 3 * * *", seconds_max=600)
