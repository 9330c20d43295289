"""What a browser sends from a plain form."""

from typing import Any
from urllib.parse import parse_qsl

from litestar import Request

from backend.kernel.errors import BadRequest

_FIELDS_MAX = 100


async def read_form(request: Request[Any, Any, Any]) -> dict[str, str]:
    """Return name → value of an `application/x-www-form-urlencoded` body, the last of each name.

    Raises `BadRequest` for anything else.
    """
    if request.content_type[0] != "application/x-www-form-urlencoded":
        raise BadRequest
    try:
        body = (await request.body()).decode()
        return dict(parse_qsl(body, keep_blank_values=True, max_num_fields=_FIELDS_MAX))
    except ValueError as error:
        raise BadRequest from error
