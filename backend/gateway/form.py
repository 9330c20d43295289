"""The form of a page: read once, before anybody asks who sends it."""

from collections.abc import Mapping
from typing import Any, Final, TypeVar
from urllib.parse import parse_qsl

import msgspec
from litestar.types import Receive

from backend.gateway.errors import Inconsistent
from backend.gateway.faults import faults, is_only_inconsistent
from backend.gateway.guard import Whole, body_of
from backend.gateway.parcel import MULTIPART, PHOTOS, fields
from backend.kernel import BadRequest, Photos
from backend.kernel.files import PHOTOS_MAX
from backend.kernel.forms import KEY, TOKEN
from contracts.problem import Fault

T = TypeVar("T")

_URLENCODED: Final = b"application/x-www-form-urlencoded"
_FIELDS_MAX: Final = 200
_OURS: Final = frozenset({TOKEN, KEY})


class SentForm:
    """What a browser sent; a field that came twice keeps its last value."""

    __slots__ = ("_photos", "_values")

    def __init__(self, values: Mapping[str, str], photos: tuple[bytes, ...] = ()) -> None:
        self._values, self._photos = values, photos

    def text(self, name: str) -> str:
        return self._values.get(name, "")

    def read(self, kind: type[T]) -> T:
        given = {name: v for name, v in self._values.items() if v and name not in _OURS}
        try:
            return msgspec.convert(given, kind, strict=False)
        except msgspec.ValidationError as error:
            found = faults(given, kind, lax=True) or [Fault(pointer="", code="inconsistent")]
            refusal = Inconsistent if is_only_inconsistent(found) else BadRequest
            raise refusal(errors=found) from error

    def photos(self) -> Photos:
        return Photos(self._photos)


async def take_form(scope: Any, receive: Receive, photos_max: int) -> Receive:
    """Put the form into the request's scope; return a `receive` that gives the body again.

    A body of another kind is an empty form: it bears no token of ours, and fills in nothing.
    """
    kind = scope["exchange"].media_type
    body = await body_of(receive)
    if kind == _URLENCODED:
        scope["form"] = _plain(body)
    elif kind == MULTIPART.encode() and photos_max:
        scope["form"] = _parcel(scope, body, photos_max)
    else:
        scope["form"] = SentForm({})
    return Whole(body, receive)


def photos_of(options: Mapping[str, Any]) -> int:
    """Return how many photos the forms of a route may bring."""
    most: int = options.get(PHOTOS_MAX, 0)
    return most


def _plain(body: bytes) -> SentForm:
    try:
        pairs = parse_qsl(body.decode(), keep_blank_values=True, max_num_fields=_FIELDS_MAX)
    except ValueError as error:
        raise BadRequest from error
    return SentForm(dict(pairs))


def _parcel(scope: Any, body: bytes, photos_max: int) -> SentForm:
    content_type: bytes = scope["exchange"].headers.get(b"content-type", b"")
    found = fields(content_type.decode("latin-1"), body, most=_FIELDS_MAX)
    photos = tuple(content for name, content in found if name == PHOTOS and content)
    if len(photos) > photos_max:
        raise BadRequest(errors=[Fault(pointer=f"/{PHOTOS}", code="too_long", limit=photos_max)])
    try:
        values = {name: content.decode() for name, content in found if name != PHOTOS}
    except UnicodeDecodeError as error:
        raise BadRequest from error
    return SentForm(values, photos)
