"""What a browser sends from a plain form."""

from typing import Final, Protocol, TypeVar
from urllib.parse import parse_qsl

from backend.kernel.errors import BadRequest

T = TypeVar("T")

URLENCODED: Final = b"application/x-www-form-urlencoded"
"""The media type of a form without files."""

TOKEN: Final = "csrf"  # noqa: S105 - the name of a field
"""The field in which a console's form shows that it is ours."""
KEY: Final = "key"
"""The field that makes a form that is sent twice one request, as `Idempotency-Key` does."""


FILES_MAX: Final = "files_max"
"""Option of a page's route: how many files one field may bring; its `request_max_body_size` goes
with it."""

_FIELDS_MAX: Final = 200


def fields_of(body: bytes) -> dict[str, str]:
    """Return the fields of an `URLENCODED` body; one that came twice keeps its last value.

    Raises `BadRequest` for what is no UTF-8, and for more than 200 fields.
    """
    try:
        pairs = parse_qsl(body.decode(), keep_blank_values=True, max_num_fields=_FIELDS_MAX)
    except ValueError as error:
        raise BadRequest from error
    return dict(pairs)


class Form(Protocol):
    """What a page's form brought. Its handler asks for `Injected[Form]`.

    A route with the option `FILES_MAX` (or `PHOTOS_MAX`) takes so many files in a field.
    """

    def text(self, name: str) -> str:
        """Return what was filled in; empty where nothing was."""
        ...

    def read(self, kind: type[T]) -> T:
        """Return the fields as a Struct, the same that the page's twin takes as JSON.

        A field that was left empty is left out. Raises `BadRequest` with every fault.
        """
        ...

    def files(self, name: str) -> tuple[bytes, ...]:
        """Return the contents of the files of a field, as they were sent: unverified."""
        ...
