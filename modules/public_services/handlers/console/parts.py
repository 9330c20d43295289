"""What the console's pages of the catalogue share."""

from typing import Annotated, Any, Final, TypeVar

import msgspec
from litestar import Response
from litestar.params import QueryParameter

from backend.kernel import BadRequest, DomainError, Form, t
from contracts.problem import Fault

T = TypeVar("T")

CONSOLE: Final = "/console/public-services"
Done = Annotated[str, QueryParameter(pattern=r"^[\w.-]{0,60}$", description="What was kept.")]


def back(address: str) -> Response[None]:
    """Lead on to a page after something was kept, so that reloading it keeps nothing twice."""
    return Response(None, status_code=303, headers={"Location": address})


def is_tried(form: Form) -> bool:
    """Tell whether an officer wants to see first what keeping it would do."""
    return form.text("do") == "try"


def version_of(form: Form) -> str:
    """Return the version that was on the page, as `If-Match` says it."""
    text = form.text("version") or "0"
    if not (text.isascii() and text.isdigit() and len(text) < 10):
        raise BadRequest(errors=[Fault(pointer="/version", code="format")])
    return f'"{text}"'


def lines(form: Form, name: str) -> list[str]:
    """Return what stands in a field, a line each; white space is one blank."""
    return [text for line in form.text(name).splitlines() if (text := " ".join(line.split()))]


def drafted(kind: type[T], given: dict[str, Any]) -> T:
    """Return what was filled in as its Struct. Raises `BadRequest`."""
    try:
        return msgspec.convert(given, kind, strict=False)
    except msgspec.ValidationError as error:
        raise BadRequest(errors=[Fault(pointer="", code="format")]) from error


def why(refused: DomainError) -> str:
    """Return a sentence that says why something was not kept."""
    return t(f"{refused.slug.partition('/')[0]}.problems.{refused.slug}")
