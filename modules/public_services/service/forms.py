"""Forms to fill in, as they are published with procedures."""

from collections.abc import Sequence
from hashlib import sha256

from backend.kernel import Snapshot, Transaction, seen
from contracts.public_services import FORM_BYTES_MAX
from modules.public_services.errors import FormNotAllowed, FormTooLarge, NoSuchForm
from modules.public_services.model.forms import (
    BlankForm,
    FormDraft,
    FormFile,
    NotAForm,
    media_type_of,
)
from modules.public_services.repository import forms as repository
from modules.public_services.repository.forms import FileContent, FileRow, FormRow
from modules.public_services.service.versions import settled


async def listed(snapshot: Snapshot, procedure: str | None) -> tuple[BlankForm, ...]:
    """Return forms by name, those of one procedure if it is named."""
    return await _with_files(snapshot, await repository.listed(snapshot, procedure))


async def read(snapshot: Snapshot, code: str) -> BlankForm:
    """Return a form. Raises `NoSuchForm`."""
    row = await repository.find(snapshot, code)
    if row is None:
        raise NoSuchForm
    (found,) = await _with_files(snapshot, [row])
    return found


async def put(tx: Transaction, code: str, draft: FormDraft, if_match: str | None) -> BlankForm:
    """Keep a form. Raises `VersionRequired`, `VersionStale`."""
    written = await repository.put(tx, code, draft, seen(if_match))
    row = await settled(written, lambda: repository.find(tx, code))
    (found,) = await _with_files(tx, [row])
    return found


async def add_file(tx: Transaction, code: str, name: str, content: bytes) -> BlankForm:
    """Add a file to a form. Raises `NoSuchForm`, `FormTooLarge`, `FormNotAllowed`."""
    if len(content) > FORM_BYTES_MAX:
        raise FormTooLarge
    if await repository.find(tx, code) is None:
        raise NoSuchForm
    try:
        media_type = media_type_of(content)
    except NotAForm as why:
        raise FormNotAllowed from why
    row = FileRow(
        form_code=code,
        sha256=sha256(content).hexdigest(),
        media_type=media_type,
        name=name,
        bytes=len(content),
    )
    await repository.add_file(tx, row, content)
    return await read(tx, code)


async def file(snapshot: Snapshot, code: str, digest: str) -> FileContent:
    """Return a file of a form. Raises `NoSuchForm`."""
    found = await repository.file(snapshot, code, digest)
    if found is None:
        raise NoSuchForm
    return found


async def _with_files(snapshot: Snapshot, rows: Sequence[FormRow]) -> tuple[BlankForm, ...]:
    files: dict[str, list[FormFile]] = {row.code: [] for row in rows}
    for each in await repository.files(snapshot, list(files)):
        files[each.form_code].append(
            FormFile(
                sha256=each.sha256,
                media_type=each.media_type,
                name=each.name,
                bytes=each.bytes,
                path=f"/v1/public-services/forms/{each.form_code}/files/{each.sha256}",
            )
        )
    return tuple(
        BlankForm(
            code=row.code,
            name=row.name,
            procedures=row.procedures,
            version=row.version,
            files=tuple(files[row.code]),
        )
        for row in rows
    )
