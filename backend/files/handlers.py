"""Sending a photo ahead, asking what became of it, and opening a link."""

from collections.abc import Sequence
from datetime import timedelta
from typing import Annotated, Final, cast, get_args
from uuid import UUID

from litestar import Response, get, post
from litestar.params import FromPath, FromQuery, QueryParameter

from backend.files import repository
from backend.files.depot import depot_of
from backend.files.errors import UnknownPurpose
from backend.files.films import MEDIA_TYPE as FILM
from backend.files.films import is_film
from backend.files.kinds import media_type
from backend.files.scopes import UPLOAD
from backend.kernel import (
    PHOTO_REFUSALS,
    Anyone,
    BadRequest,
    Injected,
    NotFound,
    Photos,
    Snapshot,
    Transaction,
    at_most,
    refuses,
    requires,
)
from contracts.files import FilePurpose, FilePurposes, FileStore, RenditionName, StoredFile
from contracts.problem import Fault

_RENDITIONS: Final[Sequence[str]] = get_args(RenditionName)
_ALWAYS: Final = {
    # Whatever a browser believes the bytes to be, nothing in them runs and nothing is loaded;
    # the gateway says `nosniff` with every answer.
    "Content-Security-Policy": "sandbox; default-src 'none'",
    "Cross-Origin-Resource-Policy": "cross-origin",
}


@post(
    "/",
    guards=[requires(UPLOAD), at_most(60, per=timedelta(hours=1))],
    responses=refuses(*PHOTO_REFUSALS, UnknownPurpose),
)
async def send_photo(
    photos: Injected[Photos],
    purpose: Annotated[str, QueryParameter(max_length=64)],
    tx: Injected[Transaction],
) -> StoredFile:
    """Send a photo ahead: JPEG, PNG, WebP or HEIC, at most 10 MB and 50 million pixels.

    Either as the body itself or as the part `photos` of a form. `purpose` says what for, such as
    `feedback.report`; name the returned `id` there within 24 hours, or the photo is destroyed.
    What the camera wrote into it is told here and is in no copy that anybody else sees.
    """
    wanted = purpose_of(tx, purpose)
    if not photos.contents:
        raise BadRequest(errors=[Fault(pointer="/photos", code="required")])
    (file,) = await tx.ask(FileStore).receive(photos.contents, purpose=wanted)
    return file


def purpose_of(tx: Transaction, name: str) -> FilePurpose:
    for provider in tx.ask_all(FilePurposes):
        for purpose in provider.purposes():
            if purpose.name == name:
                return purpose
    raise UnknownPurpose


@get("/{file_id:uuid}", guards=[requires(UPLOAD)], responses=refuses(NotFound))
async def read_sent_photo(file_id: FromPath[UUID], snapshot: Injected[Snapshot]) -> StoredFile:
    """Ask what became of a photo that you sent ahead, until it is used."""
    file = await repository.sent(snapshot, file_id)
    if file is None:
        raise NotFound
    return file


@get(
    "/files/{file_id:uuid}/{rendition:str}",
    guards=[Anyone()],
    media_type="image/*",
    responses=refuses(NotFound),
)
async def open_link(
    file_id: FromPath[UUID],
    rendition: FromPath[str],
    exp: FromQuery[int],
    sig: Annotated[str, QueryParameter(max_length=64)],
    snapshot: Injected[Snapshot],
) -> Response[bytes]:
    """Fetch a file by a link that an answer of this API contained. It is good for a while."""
    depot = depot_of(snapshot)
    seconds = exp - int(snapshot.now.timestamp())
    if rendition not in _RENDITIONS or seconds <= 0:
        raise NotFound
    if not depot.keys.is_signed(f"{file_id}|{rendition}", exp, sig):
        raise NotFound
    content = await depot.get(file_id, cast("RenditionName", rendition))
    if content is None:
        raise NotFound
    kind = media_type(content) or (FILM if is_film(content) else "application/octet-stream")
    how = "inline" if kind.startswith("image/") and rendition != "original" else "attachment"
    extension = kind.partition("/")[2].replace("jpeg", "jpg")
    headers = {
        **_ALWAYS,
        "Cache-Control": _caching(rendition, seconds),
        "Content-Disposition": f'{how}; filename="{file_id}-{rendition}.{extension}"',
        "ETag": f'"{file_id.hex}.{rendition}"',
    }
    return Response(content, media_type=kind, headers=headers)


def _caching(rendition: str, seconds: int) -> str:
    """Bytes under a name never change; how long they may be shown is what the link says."""
    if rendition == "original":
        return "private, no-store"
    who = "public" if rendition == "public" else "private"
    return f"{who}, max-age={seconds}, immutable"
