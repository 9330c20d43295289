"""Resumable uploads, tus 1.0.0 (https://tus.io/protocols/resumable-upload): creation, expiration,
termination. At an address of their own, for `POST /v1/files` takes a whole photo.
"""

from base64 import b64decode
from binascii import Error
from email.utils import format_datetime
from typing import Annotated, Any, Final, TypeAlias
from uuid import UUID

import msgspec
from litestar import Request, Response, delete, get, patch, post
from litestar.openapi import ResponseSpec
from litestar.params import FromPath, HeaderParameter

from backend.files import uploads
from backend.files.errors import OffsetConflict, TusVersion, UnknownPurpose, UploadTooLong
from backend.files.films import FILM_BYTES_MAX
from backend.files.handlers import purpose_of
from backend.files.uploads import Upload
from backend.kernel import (
    Anyone,
    BadRequest,
    DomainError,
    Injected,
    NotFound,
    Snapshot,
    Transaction,
    refuses,
)
from backend.kernel.files import TooManyFiles
from contracts.files import FileState
from contracts.problem import Fault

_VERSION: Final = "1.0.0"
_TOO_SLOW: Final = 408

Tus: TypeAlias = Annotated[
    str | None,
    HeaderParameter(name="Tus-Resumable", required=False, max_length=16, description="`1.0.0`"),
]
Device: TypeAlias = Annotated[
    str | None,
    HeaderParameter(
        name="Tinhs-Device",
        required=False,
        min_length=43,
        max_length=86,
        pattern="^[A-Za-z0-9_-]+$",
        description="Of somebody without an account: 32 random bytes or more, base64url.",
    ),
]


class UploadState(msgspec.Struct, frozen=True, kw_only=True):
    """How an upload stands."""

    id: UUID
    """Of the file that it becomes; name it where files are named once it is `ready`."""
    state: FileState
    reason: str | None
    """Why it was rejected: the name of a problem, such as `files/unreadable`."""
    offset: int
    length: int


@post(
    "/uploads",
    guards=[Anyone()],
    status_code=200,
    include_in_schema=False,  # tus describes it, and answers 412 where ours would answer 400
    responses={
        **refuses(TusVersion, UploadTooLong, UnknownPurpose, TooManyFiles),
        # Not the route's own status: a client of tus knows no Idempotency-Key.
        201: ResponseSpec(
            None, description="Begun; `Location` says where.", generate_examples=False
        ),
    },
)
async def begin_upload(
    tx: Injected[Transaction],
    length: Annotated[int, HeaderParameter(name="Upload-Length", ge=1, le=2_147_483_647)],
    metadata: Annotated[
        str,
        HeaderParameter(
            name="Upload-Metadata",
            max_length=1000,
            description="`purpose <base64>`, such as `feedback.report`.",
        ),
    ],
    tus: Tus = None,
    device: Device = None,
) -> Response[None]:
    """Begin an upload that may be cut off: 201 with its `Location`, good for 24 hours."""
    _require_version(tus)
    if length > FILM_BYTES_MAX:
        raise UploadTooLong(bytes_max=FILM_BYTES_MAX)
    purpose = purpose_of(tx, _said(metadata, "purpose"))
    owner_id = await uploads.owner(tx, device)
    upload = await uploads.begin(tx, owner_id, purpose, length)
    headers = {**_headers(upload), "Location": f"/v1/files/uploads/{upload.id}"}
    return Response(None, status_code=201, headers=headers)


@get(
    "/uploads/{upload_id:uuid}",
    guards=[Anyone()],
    responses=refuses(NotFound),
)
async def read_upload(
    upload_id: FromPath[UUID], snapshot: Injected[Snapshot], device: Device = None
) -> Response[UploadState]:
    """Ask where an upload stands (HEAD, for tus), and what became of it (GET)."""
    owner_id = await uploads.owner(snapshot, device)
    upload = await uploads.find(snapshot, upload_id, owner_id)
    state = UploadState(
        id=upload.id,
        state=upload.state,
        reason=upload.reason,
        offset=upload.received,
        length=upload.bytes,
    )
    return Response(state, headers=_headers(upload))


@patch(
    "/uploads/{upload_id:uuid}",
    guards=[Anyone()],
    status_code=204,
    include_in_schema=False,
    responses=refuses(NotFound, TusVersion, OffsetConflict, UploadTooLong),
)
async def continue_upload(
    upload_id: FromPath[UUID],
    tx: Injected[Transaction],
    request: Request[Any, Any, Any],
    offset: Annotated[int, HeaderParameter(name="Upload-Offset", ge=0, le=2_147_483_647)],
    tus: Tus = None,
    device: Device = None,
) -> Response[None]:
    """Send what comes next, as `application/offset+octet-stream`. What arrives before the line is
    cut is kept.
    """
    _require_version(tus)
    content = await _arrived(request)
    owner_id = await uploads.owner(tx, device)
    upload = await uploads.find(tx, upload_id, owner_id)
    moved = await uploads.go_on(tx, upload, offset, content)
    return Response(None, status_code=204, headers=_headers(moved))


@delete(
    "/uploads/{upload_id:uuid}",
    guards=[Anyone()],
    responses=refuses(NotFound, OffsetConflict),
)
async def end_upload(
    upload_id: FromPath[UUID], tx: Injected[Transaction], device: Device = None
) -> Response[None]:
    """Give an upload up."""
    owner_id = await uploads.owner(tx, device)
    await uploads.give_up(tx, await uploads.find(tx, upload_id, owner_id))
    return Response(None, status_code=204, headers={"Tus-Resumable": _VERSION})


async def _arrived(request: Request[Any, Any, Any]) -> bytes:
    """Return what has come of a body, also when the rest never does."""
    parts: list[bytes] = []
    while True:
        try:
            message: Any = await request.receive()
        except DomainError as refusal:
            if refusal.status != _TOO_SLOW:
                raise
            break
        if message["type"] == "http.disconnect":
            break
        parts.append(message.get("body", b""))
        if not message.get("more_body", False):
            break
    return b"".join(parts)


def _headers(upload: Upload) -> dict[str, str]:
    return {
        "Tus-Resumable": _VERSION,
        "Upload-Offset": str(upload.received),
        "Upload-Length": str(upload.bytes),
        "Upload-Expires": format_datetime(upload.expires_at),
        "Cache-Control": "no-store",
    }


def _require_version(tus: str | None) -> None:
    if tus != _VERSION:
        raise TusVersion(headers={"Tus-Version": _VERSION})


def _said(metadata: str, wanted: str) -> str:
    """Return a value of `Upload-Metadata`. Raises `BadRequest`."""
    for pair in metadata.split(","):
        name, _, value = pair.strip().partition(" ")
        if name == wanted:
            try:
                return b64decode(value, validate=True).decode()
            except (Error, UnicodeDecodeError):
                break
    raise BadRequest(errors=[Fault(parameter="Upload-Metadata", code="format")])
