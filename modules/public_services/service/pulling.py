"""Asking systems for news of dossiers: what they tell is kept, and what they do not is remembered.

No transaction is open while a system is asked. How far it was read is compared and set, so that two
workers at once keep nothing twice and skip nothing.
"""

from datetime import datetime, timedelta
from typing import Final

import msgspec

from backend.kernel import Errand, Job, Snapshot, Transaction
from contracts.public_services import DossierNews, DossierSystem, SystemAway
from modules.public_services.model.deliveries import Delivery
from modules.public_services.model.dossier_views import FAILURES_MAX, LIVE
from modules.public_services.model.dossiers import Dossier
from modules.public_services.repository import connectors as repository
from modules.public_services.service import deliveries
from modules.public_services.service.upstream import system_of
from modules.public_services.settings import Settings

_ROUNDS_MAX: Final = 20
_REST: Final = timedelta(seconds=30)
_REST_MAX: Final = timedelta(minutes=10)


class Question(msgspec.Struct, frozen=True, kw_only=True):
    """What is asked of which system: all news after a cursor, or one dossier."""

    source: str
    system: DossierSystem
    cursor: str = ""
    code: str = ""


async def _prepare(tx: Transaction) -> Question | None:
    return await _question(tx)


async def _question(tx: Snapshot, code: str = "") -> Question | None:
    settings = tx.ask(Settings)
    source = settings.dossier_source
    connector = await repository.find(tx, source)
    rest_until = None if connector is None else connector.rest_until
    if rest_until is not None and tx.now < rest_until:
        return None
    simulation = None if connector is None or tx.is_production else connector.simulation
    system = system_of(simulation, settings.upstream_url, settings.upstream_token, tx.now)
    if system is None:
        return None
    cursor = "" if connector is None else connector.cursor
    return Question(source=source, system=system, cursor=cursor, code=code)


async def _call(asked: Question | None) -> list[DossierNews] | None:
    """Return what the system tells, answer by answer; None when it is away."""
    if asked is None:
        return []
    told: list[DossierNews] = []
    cursor = asked.cursor
    try:
        while len(told) < _ROUNDS_MAX:
            news = await asked.system.changes_since(cursor)
            told.append(news)
            cursor = news.cursor
            if not news.more:
                break
    except SystemAway:
        return told or None
    return told


async def _settle(tx: Transaction, asked: Question | None, told: list[DossierNews] | None) -> None:
    if asked is None:
        return
    if told is None:
        await _away(tx, asked.source)
        return
    for news in told:
        await _keep(tx, asked.source, news)
    await repository.answered(tx, asked.source, asked.cursor, told[-1].cursor, tx.now)


async def _keep(tx: Transaction, source: str, news: DossierNews) -> None:
    delivery = Delivery(dossiers=news.dossiers, progress=news.progress)
    await deliveries.keep(tx, source, delivery)


async def _away(tx: Transaction, source: str) -> None:
    failures = await repository.failed(tx, source)
    if failures >= FAILURES_MAX:
        rest = min(_REST * 2 ** min(failures - FAILURES_MAX, 10), _REST_MAX)
        await repository.rest(tx, source, tx.now + rest)


PULL: Final = Job(
    name="public_services.pull-dossiers",
    run=Errand(prepare=_prepare, call=_call, settle=_settle, seconds_max=120),
    every=timedelta(seconds=60),
)


class Refresh(msgspec.Struct, frozen=True, kw_only=True):
    """A dossier that somebody looked at while what is known of it was old."""

    code: str


async def _prepare_one(tx: Transaction, wanted: Refresh) -> Question | None:
    return await _question(tx, wanted.code)


async def _call_one(asked: Question | None) -> DossierNews | None:
    if asked is None:
        return DossierNews()
    try:
        return await asked.system.dossier(asked.code)
    except SystemAway:
        return None


async def _settle_one(tx: Transaction, asked: Question | None, news: DossierNews | None) -> None:
    if asked is None:
        return
    if news is None:
        await _away(tx, asked.source)
    elif news.dossiers:
        await _keep(tx, asked.source, news)


REFRESH: Final = Job(
    name="public_services.refresh-dossier",
    run=Errand(prepare=_prepare_one, call=_call_one, settle=_settle_one, seconds_max=30),
    payload=Refresh,
)


async def refresh_if_old(tx: Transaction, dossier: Dossier, as_of: datetime) -> None:
    """Have a dossier asked for anew, once an hour, when what is known of it is old."""
    settings = tx.ask(Settings)
    is_asked = bool(settings.upstream_url) and settings.dossier_source == dossier.source
    if is_asked and tx.now - as_of > LIVE:
        key = f"{dossier.code} {tx.now:%Y%m%d%H}"
        await tx.enqueue(REFRESH, Refresh(code=dossier.code), key=key)
