"""How it goes in sum: opinions about pages, and dossiers that ended."""

from collections.abc import Iterable
from datetime import timedelta
from typing import Final

from backend.kernel import Job, Snapshot, Transaction, t
from contracts.territory import CommuneRegister
from modules.public_services.errors import NoSuchProcedure
from modules.public_services.model.statistics import (
    CommuneSum,
    CommuneSums,
    DossierSum,
    DossierSums,
)
from modules.public_services.repository import catalogue
from modules.public_services.repository import sums as repository

_MONTHS_AGAIN: Final = 62


async def sums(snapshot: Snapshot, agency: str | None, procedure_code: str | None) -> DossierSums:
    """Return how dossiers went, and what each figure counts."""
    return DossierSums(
        sums=tuple(await repository.sums(snapshot, agency, procedure_code)),
        definitions=_definitions(DossierSum.__struct_fields__),
    )


async def communes(snapshot: Snapshot, commune_code: str | None) -> CommuneSums:
    """Return how dossiers went by commune, with the names that these bore."""
    found = await repository.communes(snapshot, commune_code)
    names: dict[str, str] = {}
    register = snapshot.ask_maybe(CommuneRegister)
    if register is not None:
        for each in found:
            unit = await register.in_force(each.commune_code, each.month)
            names |= {} if unit is None else {each.commune_code: unit.name}
    return CommuneSums(
        sums=tuple(found), names=names, definitions=_definitions(CommuneSum.__struct_fields__)
    )


def _definitions(columns: Iterable[str]) -> dict[str, str]:
    return {column: t(f"public_services.sums.{column}") for column in columns}


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
