"""One archive of everything that is kept of a person, in a form that programs can read too."""

import secrets
from datetime import timedelta
from io import BytesIO
from typing import Any, Final
from uuid import UUID
from zipfile import ZIP_DEFLATED, ZipFile

import msgspec

from backend.kernel import NotFound, Snapshot, StepUpNeeded, Transaction, t
from backend.kms import kms_of, sealed, unsealed
from backend.kms.sealing import KEY_BYTES
from backend.privacy import repository
from backend.privacy.errors import TooManyExports
from backend.privacy.model import ARCHIVE_LIFE, Export
from contracts.personal_data import DataItem, Exported, People, PersonalData

FORMAT: Final = "tinhs-export/1"
_KEY: Final = "export"
_APART: Final = timedelta(hours=1)


class Table(msgspec.Struct, frozen=True, kw_only=True):
    """A file `data/<schema>.<table>.json` of the archive."""

    table: str
    kept_for: tuple[DataItem, ...]
    """The lines of the record of processing: what kind of data, why, and how long."""
    rows: tuple[dict[str, Any], ...]
    files: tuple[str, ...]
    """Names below `files/<schema>.<table>/`."""


class Manifest(msgspec.Struct, frozen=True, kw_only=True):
    """`manifest.json`: what the archive holds."""

    format: str
    person_id: UUID
    made_at: str
    by: str
    """The installation that made it."""
    tables: tuple[str, ...]


async def require_strength(tx: Snapshot, person_id: UUID) -> None:
    """Raise `StepUpNeeded` unless this session has proved as much as the account ever did."""
    card = await tx.ask(People).card(person_id, (), purpose="privacy.export")
    if card is not None and tx.principal.ial < card.ial:
        asks = 'DPoP error="insufficient_user_authentication", acr_values="aal2"'
        raise StepUpNeeded(headers={"WWW-Authenticate": asks})


async def ask(tx: Transaction, person_id: UUID, session_id: UUID) -> UUID:
    """Have an archive made for this session, one in an hour. Raises `TooManyExports`."""
    end = tx.now + ARCHIVE_LIFE
    made = await tx.maybe(
        repository.ADD_EXPORT, tx.new_id(), person_id, session_id, tx.now, end, tx.now - _APART
    )
    if made is None:
        raise TooManyExports
    return made.id


async def own(snapshot: Snapshot, person_id: UUID, session_id: UUID) -> list[Export]:
    """Return the archives that this session has asked for."""
    return list(await snapshot.all(repository.EXPORTS_OF, person_id, session_id))


async def make(tx: Transaction, export_id: UUID) -> None:
    """Gather everything, and keep it sealed for a day."""
    waiting = await tx.maybe(repository.WAITING_EXPORT, export_id)
    if waiting is None:
        return
    raw = await packed(tx, waiting.person_id)
    kms, about = kms_of(tx), f"export|{export_id}"
    key = secrets.token_bytes(KEY_BYTES)
    wrapped = kms.wrap(_KEY, key, about=about)
    archive = sealed(key, raw, about=about)
    await tx.run(repository.KEEP_ARCHIVE, export_id, len(raw), wrapped, archive)


async def fetch(snapshot: Snapshot, export_id: UUID, person_id: UUID, session_id: UUID) -> bytes:
    """Return an archive to the session that asked for it. Raises `NotFound`."""
    kept = await snapshot.maybe(repository.ARCHIVE, export_id, person_id, session_id, snapshot.now)
    if kept is None:
        raise NotFound
    about = f"export|{export_id}"
    key = kms_of(snapshot).unwrap(_KEY, kept.wrapped, about=about)
    return unsealed(key, kept.archive, about=about)


async def packed(tx: Transaction, person_id: UUID) -> bytes:
    """Return the archive of a person."""
    providers = sorted(tx.ask_all(PersonalData), key=lambda provider: provider.module)
    inventory = [item for provider in providers for item in provider.inventory()]
    tables = [each for provider in providers for each in await provider.export(person_id)]
    manifest = Manifest(
        format=FORMAT,
        person_id=person_id,
        made_at=tx.now.isoformat(),
        by=tx.base_url,
        tables=tuple(table.table for table in tables),
    )
    written = BytesIO()
    with ZipFile(written, "w", ZIP_DEFLATED) as archive:
        archive.writestr("README.txt", t("privacy.export.readme", made_at=manifest.made_at))
        archive.writestr("manifest.json", _json(manifest))
        archive.writestr("schema.json", _json(schema()))
        for table in tables:
            _add(archive, table, inventory)
    return written.getvalue()


def schema() -> dict[str, Any]:
    """Return the JSON Schema of the archive's files; docs/guide/your-data.md tells of it."""
    _, components = msgspec.json.schema_components([Manifest, Table], ref_template="#/$defs/{name}")
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": FORMAT,
        "$defs": components,
    }


def _add(archive: ZipFile, exported: Exported, inventory: list[DataItem]) -> None:
    table = Table(
        table=exported.table,
        kept_for=tuple(item for item in inventory if item.table == exported.table),
        rows=tuple(dict(row) for row in exported.rows),
        files=tuple(file.name for file in exported.files),
    )
    archive.writestr(f"data/{exported.table}.json", _json(table))
    for file in exported.files:
        archive.writestr(f"files/{exported.table}/{file.name}", file.content)


def _json(value: object) -> bytes:
    return msgspec.json.format(msgspec.json.encode(value), indent=1)
