"""The form of a page: read once, before anybody asks who sends it."""

from collections.abc import Mapping
from typing import Any, Final, TypeVar

import msgspec
from litestar.types import Receive

from backend.gateway.errors import Inconsistent
from backend.gateway.guard import Whole, body_of
from backend.gateway.parcel import MULTIPART, fields
from backend.kernel import BadRequest
from backend.kernel.faults import faults, is_only_inconsistent
from backend.kernel.files import PHOTOS_MAX
from backend.kernel.forms import FILES_MAX, KEY, TOKEN, URLENCODED, fields_of
from contracts.problem import Fault

T = TypeVar("T")

_FIELDS_MAX: Final = 200
_OURS: Final = frozenset({TOKEN, KEY})


class SentForm:
    """What a browser sent; a field that came twice keeps its last value."""

    __slots__ = ("_files", "_values")

    def __init__(
        self, values: Mapping[str, str], files: Mapping[str, tuple[bytes, ...]] = {}
    ) -> None:
        self._values, self._files = values, files

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

    def files(self, name: str) -> tuple[bytes, ...]:
        return self._files.get(name, ())


async def take_form(scope: Any, receive: Receive, files_max: int) -> Receive:
    """Put the form into the request's scope; return a `receive` that gives the body again.

    A body of another kind is an empty form: it bears no token of ours, and fills in nothing.
    """
    kind = scope["exchange"].media_type
    body = await body_of(receive)
    if kind == URLENCODED:
        scope["form"] = SentForm(fields_of(body))
    elif kind == MULTIPART.encode() and files_max:
        scope["form"] = _parcel(scope, body, files_max)
    else:
        scope["form"] = SentForm({})
    return Whole(body, receive)


def files_of(options: Mapping[str, Any]) -> int:
    """Return how many files the forms of a route may bring."""
    most: int = options.get(FILES_MAX, options.get(PHOTOS_MAX, 0))
    return most


def _parcel(scope: Any, body: bytes, files_max: int) -> SentForm:
    content_type: bytes = scope["exchange"].headers.get(b"content-type", b"")
    values: dict[str, str] = {}
    files: dict[str, tuple[bytes, ...]] = {}
    for name, is_file, content in fields(content_type.decode("latin-1"), body, most=_FIELDS_MAX):
        if not is_file:
            values[name] = _text(content)
        elif content:  # a field in which no file was chosen comes as one without a byte
            files[name] = (*files.get(name, ()), content)
    for name, contents in files.items():
        if len(contents) > files_max:
            raise BadRequest(errors=[Fault(pointer=f"/{name}", code="too_long", limit=files_max)])
    return SentForm(values, files)


def _text(content: bytes) -> str:
    try:
        return content.decode()
    except UnicodeDecodeError as error:
        raise BadRequest from error
