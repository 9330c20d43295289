"""Corrections of what and where."""

from typing import Final
from uuid import UUID

from backend.kernel import Statement, Transaction
from modules.feedback.model.categories import Version
from modules.feedback.model.places import Place

RECATEGORISE: Final = Statement("""
    update feedback.report
       set category_code = $2, category_version = $3
     where id = $1
""")

MOVE: Final = Statement("""
    update feedback.report
       set lat = $2, lon = $3, accuracy_m = null, commune_code = $4, commune_on = $5
     where id = $1
""")


async def recategorise(tx: Transaction, report_id: UUID, category: Version) -> None:
    await tx.run(RECATEGORISE, report_id, category.code, category.number)


async def move(tx: Transaction, report_id: UUID, point: Place, commune_code: str) -> None:
    await tx.run(MOVE, report_id, point.lat, point.lon, commune_code, tx.today)
