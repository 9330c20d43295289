"""Procedures as they stand on a day; what everybody asks for is encoded once in each process."""

import zlib
from collections import OrderedDict
from collections.abc import Sequence
from datetime import UTC, date, datetime, timedelta
from typing import Final
from urllib.parse import urlsplit
from uuid import UUID

import msgspec

from backend.kernel import (
    Memory,
    Snapshot,
    Transaction,
    seen,
)
from backend.kernel.locale import language
from contracts.page import Page
from modules.public_services.errors import NoSuchProcedure, NoSuchVersion, ResyncRequired
from modules.public_services.model import comparison
from modules.public_services.model.engine import Filters
from modules.public_services.model.offices import Hotline
from modules.public_services.model.procedures import CitizenText, Decision, Stored
from modules.public_services.model.views import (
    Application,
    Card,
    Change,
    Changes,
    Comparison,
    Fields,
    History,
    KeptProfile,
    KeptText,
    Procedure,
    Profile,
)
from modules.public_services.repository import catalogue as repository
from modules.public_services.repository import changes as told
from modules.public_services.repository import offices
from modules.public_services.repository.imports import lock
from modules.public_services.service import indexing
from modules.public_services.service.versions import settled
from modules.public_services.settings import Settings

_KEPT_MAX: Final = 2_000
_SNAPSHOT_MAX: Final = 8 * 1024 * 1024
CHANGES_KEPT: Final = timedelta(days=400)
_OVERLAP: Final = timedelta(minutes=5)
_FIRST_DAY: Final = datetime(2000, 1, 1, tzinfo=UTC)
_BATCH: Final = 200


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


async def _edition(snapshot: Snapshot) -> Edition:
    return Edition(seq=await told.edition(snapshot), day=snapshot.today)


async def _standing(snapshot: Snapshot) -> Standing:
    hotlines = tuple(await offices.hotlines(snapshot))
    return Standing(edition=await _edition(snapshot), hotlines=hotlines)


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
    return _dressed(stored, on, settings, profile, text)


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


async def changes(snapshot: Snapshot, since: int, limit: int) -> Changes:
    """Return what changed after `since`, each procedure once. Raises `ResyncRequired`."""
    if await told.is_too_old(snapshot, since, snapshot.now - CHANGES_KEPT):
        raise ResyncRequired
    rows = await told.changes(snapshot, since, limit + 1)
    procedures = await in_force(snapshot, [row.code for row in rows[:limit]])
    found = [
        Change(seq=row.seq, code=row.code, at=row.at, procedure=procedures.get(row.code))
        for row in rows[:limit]
    ]
    last = found[-1].seq if found else since
    return Changes(changes=tuple(found), next=last, more=len(rows) > limit)


async def modified_after(snapshot: Snapshot, moment: datetime) -> int:
    """Return the number of the last change before a moment, less five minutes of doubt."""
    if moment < _FIRST_DAY:
        return 0
    return await told.since_moment(snapshot, moment - _OVERLAP)


async def write_text(
    tx: Transaction, code: str, words: CitizenText, lang: str, if_match: str | None
) -> KeptText:
    """Keep our words about a procedure.

    Raises `NoSuchProcedure`, `VersionRequired`, `VersionStale`.
    """
    await lock(tx)
    number = await _number(tx, code)
    row = KeptText(
        plain_title=words.plain_title,
        summary=words.summary,
        situations=words.situations,
        version=seen(if_match),
    )
    written = await repository.put_text(tx, number, lang, row)
    kept = await settled(written, lambda: repository.text(tx, number, lang))
    await told.note(tx, "text", number)
    await indexing.changed(tx)
    return kept


async def write_profile(
    tx: Transaction, code: str, province: str, profile: Profile, if_match: str | None
) -> KeptProfile:
    """Keep what a province sets. Raises `NoSuchProcedure`, `VersionRequired`, `VersionStale`."""
    await lock(tx)
    number = await _number(tx, code)
    said = msgspec.to_builtins(profile)
    written = await repository.put_profile(tx, number, province, said, seen(if_match))
    kept = await settled(written, lambda: repository.profile(tx, number, province))
    await told.note(tx, "profile", number)
    return kept


async def snapshot_lines(snapshot: Snapshot, level: str | None) -> bytes:
    """Return everything in force as compressed lines: the edition first, then the procedures."""
    kept = await shelf(snapshot)
    found = kept.find(("snapshot", level))
    if found is not None:
        return found
    packer = zlib.compressobj(6, zlib.DEFLATED, 31)
    # The edition is asked first: what changes meanwhile is then told again, never missed.
    head = await _edition(snapshot)
    parts = [packer.compress(msgspec.json.encode(head) + b"\n")]
    codes = await told.codes(snapshot, snapshot.today, level)
    for batch in (codes[at : at + _BATCH] for at in range(0, len(codes), _BATCH)):
        found = await in_force(snapshot, batch)
        # In the order of the codes, so that every process sends the same bytes under the same tag.
        said = [msgspec.json.encode(found[code]) for code in batch if code in found]
        parts += [packer.compress(each + b"\n") for each in said]
    content = b"".join([*parts, packer.flush()])
    return kept.keep(("snapshot", level), content) if len(content) < _SNAPSHOT_MAX else content


async def _number(tx: Transaction, code: str) -> int:
    found = await repository.number(tx, code)
    if found is None:
        raise NoSuchProcedure
    return found
