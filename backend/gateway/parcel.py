"""Unpack a body that carries photos: `multipart/form-data`, or one picture and nothing else."""

from dataclasses import dataclass
from typing import Any, Final

import msgspec
from litestar.openapi.spec import Operation, RequestBody, Schema
from litestar.openapi.spec.enums import OpenAPIType
from litestar.openapi.spec.media_type import OpenAPIMediaType
from multipart import MultipartError, PushMultipartParser, parse_options_header

from backend.gateway.sanity import refuse_json
from backend.kernel import BadRequest
from backend.kernel.files import PHOTO_BYTES_MAX
from contracts.problem import Fault

MULTIPART: Final = "multipart/form-data"
OCTETS: Final = "application/octet-stream"
DATA: Final = "data"
PHOTOS: Final = "photos"

_SLACK_BYTES: Final = 1 << 20
"""For the JSON part and the headers of the parts."""
_PICTURE: Final = Schema(
    type=OpenAPIType.STRING, content_media_type=OCTETS, min_length=1, max_length=PHOTO_BYTES_MAX
)


class Parcel(msgspec.Struct, frozen=True, kw_only=True):
    """What was in the body: the bytes of the JSON part, if there was one, and the photos."""

    data: bytes | None
    photos: tuple[bytes, ...]


def body_bytes_max(photos_max: int) -> int:
    """Return how large the body of a route may be that takes so many photos."""
    return photos_max * PHOTO_BYTES_MAX + _SLACK_BYTES


def unpack(content_type: str, body: bytes, *, photos_max: int) -> Parcel:
    """Take a body apart. Raises `BadRequest` for one that is damaged, or is not as documented."""
    kind, options = parse_options_header(content_type)
    if kind != MULTIPART:
        return Parcel(data=None, photos=(body,) if body else ())
    data: bytes | None = None
    photos: list[bytes] = []
    for name, content in _parts(options.get("boundary", ""), body, photos_max + 2):
        if name == PHOTOS:
            photos.append(content)
        elif name == DATA and data is None:
            refuse_json(content)  # the guard has seen only a form
            data = content
        else:
            raise BadRequest(errors=[Fault(pointer="", code="unknown")])
    if len(photos) > photos_max:
        raise BadRequest(errors=[Fault(pointer=f"/{PHOTOS}", code="too_long", limit=photos_max)])
    return Parcel(data=data, photos=tuple(photos))


def fields(content_type: str, body: bytes, *, most: int) -> list[tuple[str, bool, bytes]]:
    """Return name, whether it is a file, and content of each part of a page's form.

    Raises `BadRequest` for no such form.
    """
    _, options = parse_options_header(content_type)
    return list(_segments(options.get("boundary", ""), body, most))


def _parts(boundary: str, body: bytes, most: int) -> list[tuple[str, bytes]]:
    return [(name, content) for name, _, content in _segments(boundary, body, most)]


def _segments(boundary: str, body: bytes, most: int) -> list[tuple[str, bool, bytes]]:
    found: list[tuple[str, bool, list[bytes]]] = []
    try:
        with PushMultipartParser(boundary, max_segment_count=most, strict=True) as parser:
            for event in parser.parse(body):
                if event is None:
                    continue
                if isinstance(event, bytes | bytearray):
                    found[-1][2].append(bytes(event))
                else:
                    found.append((event.name or "", event.filename is not None, []))
    except (MultipartError, ValueError) as error:  # ValueError: bytes that are no text
        raise BadRequest(errors=[Fault(pointer="", code="format")]) from error
    return [(name, is_file, b"".join(content)) for name, is_file, content in found]


def taking_photos(photos_max: int) -> type[Operation]:
    """Return the description of a route that takes photos, alone or beside its JSON."""

    @dataclass
    class TakesPhotos(Operation):
        def __post_init__(self) -> None:
            content: dict[str, OpenAPIMediaType] = {}
            if isinstance(self.request_body, RequestBody):
                content |= self.request_body.content
            data = next(iter(content.values()), None)
            if data is None:
                content[OCTETS] = OpenAPIMediaType(schema=_PICTURE)
            content[MULTIPART] = OpenAPIMediaType(schema=_form(data, photos_max))
            self.request_body = RequestBody(required=True, content=content)

    return TakesPhotos


def _form(data: OpenAPIMediaType | None, photos_max: int) -> Schema:
    photos = Schema(
        type=OpenAPIType.ARRAY,
        items=_PICTURE,
        min_items=1 if data is None else None,
        max_items=photos_max,
    )
    parts: dict[str, Any] = {PHOTOS: photos}
    if data is not None:
        parts[DATA] = data.schema
    return Schema(
        type=OpenAPIType.OBJECT,
        properties=parts,
        required=[PHOTOS if data is None else DATA],
        additional_properties=False,
    )
