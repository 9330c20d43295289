"""Procedures as they stand on a day; what everybody asks for is encoded once in each process."""

from collections import OrderedDict
from collections.abc import Sequence
from datetime import date
from typing import Final
from urllib.parse import urlsplit
from uuid import UUID

import msgspec

from backend.kernel import Memory, Snapshot
from backend.kernel.locale import language
from contracts.page import Page
from modules.public_services.errors import NoSuchProcedure, NoSuchVersion
from modules.public_services.model import comparison
from modules.public_services.model.engine import Filters
from modules.public_services.model.offices import Hotline
from modules.public_services.model.procedures import CitizenText, Decision, Stored
from modules.public_services.model.views import (
    Application,
    Card,
    Comparison,
    Fields,
    History,
    KeptProfile,
    Procedure,
)
from modules.public_services.repository import catalogue as repository
from modules.public_services.repository import changes as told
from modules.public_services.repository import offices
from modules.public_services.repository import successors as followers
from modules.public_services.settings import Settings

_KEPT_MAX: Final = 2_000


class Edition(msgspec.Struct, frozen=True, kw_only=True):
    """How far the catalogue is told, on which day."""

    seq: int
    day: date


class Standing(msgspec.Struct, frozen=True, kw_only=True):
    """What must be the same for an answer to be the same."""

    edition: Edition
    hotlines: tuple[Hotline, ...]


class Shelf:
    """Encoded answers of one standing, those asked for last."""

    def __init__(self, standing: Standing) -> None:
        self.hotlines = standing.hotlines
        self._kept: OrderedDict[tuple[object, ...], bytes] = OrderedDict()

    def find(self, asked: tuple[object, ...]) -> bytes | None:
        found = self._kept.get(asked)
        if found is not None:
            self._kept.move_to_end(asked)
        return found

    def keep(self, asked: tuple[object, ...], content: bytes) -> bytes:
        self._kept[asked] = content
        if len(self._kept) > _KEPT_MAX:
            self._kept.popitem(last=False)
        return content


async def edition(snapshot: Snapshot) -> Edition:
    """Return how far the catalogue is told now."""
    return Edition(seq=await told.edition(snapshot), day=snapshot.today)


async def _standing(snapshot: Snapshot) -> Standing:
    hotlines = tuple(await offices.hotlines(snapshot))
    return Standing(edition=await edition(snapshot), hotlines=hotlines)


async def _build(snapshot: Snapshot) -> Shelf:
    return Shelf(await _standing(snapshot))


# Two seconds: what a publisher applies is what every process answers within five.
_SHELF: Final = Memory(build=_build, version=_standing, check_seconds=2)


async def shelf(snapshot: Snapshot) -> Shelf:
    """Return this process's answers, at most two seconds behind the catalogue."""
    return await snapshot.recall(_SHELF)


async def encoded(snapshot: Snapshot, code: str, on: date | None, province: str | None) -> bytes:
    """Return the answer about a procedure. Raises `NoSuchProcedure`."""
    kept = await shelf(snapshot)
    asked = (code, on, province, language.get())
    found = kept.find(asked)
    if found is not None:
        return found
    answer = await read(snapshot, code, on or snapshot.today, province)
    whole = msgspec.structs.replace(answer, hotlines=kept.hotlines)
    return kept.keep(asked, msgspec.json.encode(whole))


async def read(snapshot: Snapshot, code: str, on: date, province: str | None = None) -> Procedure:
    """Return a procedure as it stood on a day, or stood last if it had been abolished by then.

    Raises `NoSuchProcedure`.
    """
    stored = await repository.last(snapshot, code, on)
    if stored is None:
        raise NoSuchProcedure
    return await dressed(snapshot, stored, on, province)


async def dressed(
    snapshot: Snapshot, stored: Stored, on: date, province: str | None = None
) -> Procedure:
    """Return a version with what its province sets and with our words."""
    settings = snapshot.ask(Settings)
    profile = await repository.profile(snapshot, stored.procedure_no, province or settings.province)
    text = await repository.spoken(snapshot, stored.procedure_no, language.get())
    told = _dressed(stored, on, settings, profile, text)
    if told.status != "abolished" or not stored.successors:
        return told
    after = (await followers.of(snapshot, [stored.code], on)).get(stored.code, [])
    return msgspec.structs.replace(told, successors=tuple(after))


async def in_force(snapshot: Snapshot, codes: Sequence[str]) -> dict[str, Procedure]:
    """Return what is in force today, by code, in three statements."""
    settings, today = snapshot.ask(Settings), snapshot.today
    found = await repository.on_each(snapshot, codes, today)
    numbers = [each.procedure_no for each in found.values()]
    profiles = await repository.profiles(snapshot, numbers, settings.province)
    texts = await repository.texts(snapshot, numbers)
    return {
        code: _dressed(
            each, today, settings, profiles.get(each.procedure_no), texts.get(each.procedure_no)
        )
        for code, each in found.items()
    }


def _dressed(
    stored: Stored,
    on: date,
    settings: Settings,
    profile: KeptProfile | None,
    text: CitizenText | None,
) -> Procedure:
    is_in_force = stored.valid_to is None or on < stored.valid_to
    has_ended = stored.abolished_on is not None and stored.abolished_on <= on
    return Procedure(
        id=stored.procedure_id,
        code=stored.code,
        base_code=stored.base_code,
        status="abolished" if has_ended else "in_force",
        abolished_on=stored.abolished_on,
        version_id=stored.id,
        revision=stored.revision,
        valid_from=stored.valid_from,
        valid_to=stored.valid_to,
        decision=Decision(
            number=stored.decision_number,
            agency=stored.decision_agency,
            effective_on=stored.decision_effective_on,
        ),
        title=stored.title,
        levels=stored.levels,
        kind=stored.kind,
        field_code=stored.field_code,
        field_name=stored.field_name,
        audiences=stored.audiences,
        online_level=stored.online_level,
        channels=stored.channels,
        free=stored.free,
        body=stored.body,
        profile=None if profile is None else profile.profile,
        citizen_text=text,
        apply=_application(stored, settings, is_open=is_in_force and not has_ended),
    )


def _application(stored: Stored, settings: Settings, *, is_open: bool) -> Application:
    if not is_open or "online" not in stored.channels:
        return Application(online=False)
    url = settings.portal_url.replace("{code}", stored.code)
    own = stored.portal_url
    if own and urlsplit(own).scheme == "https" and urlsplit(own).hostname in settings.portal_hosts:
        url = own
    return Application(online=True, url=url, login=settings.login)


async def history(snapshot: Snapshot, code: str) -> History:
    """Return every version. Raises `NoSuchProcedure`."""
    found = await repository.versions(snapshot, code)
    if not found:
        raise NoSuchProcedure
    return History(versions=tuple(found))


async def version(snapshot: Snapshot, code: str, version_id: UUID) -> Stored:
    """Return one version, whose document never changes. Raises `NoSuchVersion`."""
    found = await repository.version(snapshot, code, version_id)
    if found is None:
        raise NoSuchVersion
    return found


async def compare(snapshot: Snapshot, code: str, before: UUID, after: UUID) -> Comparison:
    """Return what differs between two versions. Raises `NoSuchVersion`."""
    old, new = await version(snapshot, code, before), await version(snapshot, code, after)
    found = comparison.differences(comparison.document(old), comparison.document(new))
    return Comparison(before=before, after=after, differences=found)


async def listed(
    snapshot: Snapshot, cursor: str | None, limit: int, filters: Filters
) -> Page[Card]:
    """Return procedures in force today, in the order of their codes."""
    return await repository.page(snapshot, cursor, limit, filters)


async def fields(snapshot: Snapshot) -> Fields:
    """Return the fields of today."""
    return Fields(fields=tuple(await repository.fields(snapshot, snapshot.today)))
