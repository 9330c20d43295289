"""A catalogue for the demo: examples written from the kinds of procedure that there are."""

import csv
import tomllib
from datetime import date, timedelta
from importlib.resources import files
from pathlib import Path
from typing import Final
from uuid import UUID

import msgspec

from backend.kernel import Transaction
from contracts.demo import NATIONAL_IDS
from modules.public_services.model.decisions import Definition
from modules.public_services.model.imports import Import, Options
from modules.public_services.model.index import Term
from modules.public_services.model.life_events import LifeEvent
from modules.public_services.model.offices import Hotline, OfficeDraft, Open
from modules.public_services.model.simulation import Simulation
from modules.public_services.repository import connectors, decisions, life_events, offices
from modules.public_services.repository import search as terms
from modules.public_services.service import imports, indexing
from modules.public_services.settings import Settings

_DATA: Final = files("modules.public_services") / "data"
SHIPPED: Final = Path(str(_DATA))
"""The folder of the example tables."""
_TABLES: Final = ("procedures", "channels", "fees", "papers", "texts")
_STORY: Final = 38
_STORY_DAYS: Final = 45
# Examples grow with the house: what a seed finds written otherwise, it corrects.
_OPTIONS: Final = Options(
    effective_on=date(2025, 7, 1),
    decision="VÍ DỤ 01/2025",
    agency="Dữ liệu mẫu",
    correction=True,
)


class ShippedOffice(OfficeDraft, frozen=True, kw_only=True):
    """An office of the demo province."""

    id: UUID


class Shipped(msgspec.Struct, frozen=True, kw_only=True):
    """Examples of what is answered beside the procedures."""

    decisions: dict[str, Definition]
    offices: tuple[ShippedOffice, ...]
    hotlines: tuple[Hotline, ...]


_OFFICE_HOURS: Final = tuple(
    Open(weekday=weekday, opens=opens, closes=closes)
    for weekday in range(1, 6)
    for opens, closes in (("07:30", "11:30"), ("13:30", "17:00"))
)


async def seed(tx: Transaction) -> None:
    """Import the examples and the search terms; repeating it changes nothing."""
    await load(tx)
    await terms.put_terms(tx, shipped_terms())
    for position, event in enumerate(shipped_life_events()):
        await life_events.put(tx, event, position)
    await indexing.changed(tx)
    await _answer(tx)
    since = tx.today - timedelta(days=_STORY_DAYS)
    known = await connectors.find(tx, tx.ask(Settings).dossier_source)
    if known is None:
        story = Simulation(seed=_STORY, since=since, owners=tuple(NATIONAL_IDS.values()))
        await connectors.simulate(tx, tx.ask(Settings).dossier_source, story, tx.now)


async def _answer(tx: Transaction) -> None:
    """Write rules, offices and hotlines, where there are none yet."""
    shipped = msgspec.json.decode((_DATA / "answers.json").read_bytes(), type=Shipped)
    for key, definition in shipped.decisions.items():
        if await decisions.decision(tx, key, None) is None:
            await decisions.draft(tx, key, 1, definition)
            await decisions.publish(tx, key, 1)
    for office in shipped.offices:
        open_then = msgspec.structs.replace(office, hours=office.hours or _OFFICE_HOURS)
        await offices.put_office(tx, office.id, open_then, 0)
    for position, hotline in enumerate(shipped.hotlines):
        await offices.put_hotline(tx, hotline, position)


async def load(tx: Transaction) -> Import:
    """Bring the example tables as an officer would. Raises what an import raises."""
    named = [(f"{name}.csv", (_DATA / f"{name}.csv").open("rb")) for name in _TABLES]
    entered = await imports.enter(tx, _OPTIONS, "procedures.csv", "")
    read = await imports.validate(tx, entered, named)
    for _, file in named:
        file.close()
    return await imports.apply(tx, read.id, ())


def shipped_terms() -> list[Term]:
    """Return the words that people use, as they come with the house."""
    with (_DATA / "terms.csv").open(encoding="utf-8") as file:
        return msgspec.convert([*csv.DictReader(file)], list[Term])


def shipped_life_events() -> list[LifeEvent]:
    """Return the life events of the example catalogue."""
    listed = tomllib.loads((_DATA / "life-events.toml").read_text(encoding="utf-8"))
    return msgspec.convert(listed["event"], list[LifeEvent])
