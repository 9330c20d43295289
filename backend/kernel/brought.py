"""A file that is the body of a request: described, kept while it comes, read line by line.

Ten thousand children in one file are too many to hold at once, and none of them belongs into an
answer: of each fault this tells the line, the place in it and its kind, and nothing that stands
there.
"""

from collections.abc import AsyncGenerator, Iterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from tempfile import TemporaryFile
from typing import IO, Any, Final, TypeAlias, TypeVar

import msgspec
from litestar import Request
from litestar.openapi.spec import Operation, RequestBody, Schema
from litestar.openapi.spec.enums import OpenAPIType
from litestar.openapi.spec.media_type import OpenAPIMediaType

from backend.kernel.errors import BadRequest
from backend.kernel.faults import ESCAPED_NUL, faults_of_json
from contracts.problem import Fault

T = TypeVar("T")

NDJSON: Final = "application/x-ndjson"
"""JSON values, each on a line of its own (https://github.com/ndjson/ndjson-spec)."""
LINE_BYTES_MAX: Final = 256 * 1024
"""As much as a JSON body of its own may have."""
_BOM: Final = b"\xef\xbb\xbf"

Faults: TypeAlias = tuple[Fault, ...]


def takes_file(media_type: str, bytes_max: int) -> type[Operation]:
    """Return the description of a route whose body is a file and nothing else.

    `bytes_max` is the `request_max_body_size` of the route.
    """

    @dataclass
    class TakesFile(Operation):
        def __post_init__(self) -> None:
            file = Schema(
                type=OpenAPIType.STRING, content_media_type=media_type, max_length=bytes_max
            )
            content = {media_type: OpenAPIMediaType(schema=file)}
            self.request_body = RequestBody(required=True, content=content)

    return TakesFile


@asynccontextmanager
async def brought(request: Request[Any, Any, Any]) -> AsyncGenerator[IO[bytes]]:
    """Lend the body as a file, at its beginning, once all of it has come.

    It lies on the disk without a name, so nothing of it is left, whoever is killed. Ask the
    transaction nothing before: a slow line would hold a connection. Raises `BadRequest` for a body
    without a byte.
    """
    with TemporaryFile() as file:
        async for piece in request.stream():
            file.write(piece)
        if not file.tell():
            raise BadRequest(errors=[Fault(pointer="", code="required")])
        file.seek(0)
        yield file


def lines(file: IO[bytes], wanted: type[T]) -> Iterator[tuple[int, T | Faults]]:
    """Yield the number of each line, from 1, and what it says or else what is wrong with it.

    Blank lines are passed over, and counted. A line holds `LINE_BYTES_MAX` at most.
    """
    decode = msgspec.json.Decoder(wanted).decode
    number = 0
    while raw := file.readline(LINE_BYTES_MAX + 1):
        number += 1
        if len(raw) > LINE_BYTES_MAX:
            yield number, (Fault(pointer="", code="too_large", limit=LINE_BYTES_MAX),)
            while raw and not raw.endswith(b"\n"):
                raw = file.readline(LINE_BYTES_MAX)
            continue
        if number == 1:
            raw = raw.removeprefix(_BOM)
        if raw.isspace() or not raw:
            continue
        if b"\\u0000" in raw and ESCAPED_NUL.search(raw):
            yield number, (Fault(pointer="", code="format"),)
            continue
        try:
            told = decode(raw)
        except (ValueError, RecursionError):  # msgspec's own are ValueErrors, and UTF-8's
            yield number, faults_of_json(raw, wanted)
        else:
            yield number, told
