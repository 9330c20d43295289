"""What the console's pages of documents share."""

from typing import Annotated, Final

from litestar import Response
from litestar.params import QueryParameter

from backend.kernel import DomainError, t

CONSOLE: Final = "/console/documents"
AT_ONCE: Final = 50

Cursor = Annotated[str | None, QueryParameter(max_length=400)]
Done = Annotated[str, QueryParameter(pattern=r"^[a-z-]{0,20}$", description="What was done.")]


def back(address: str, done: str) -> Response[None]:
    """Lead on to a page that says what was done, so that reloading it does nothing twice."""
    return Response(None, status_code=303, headers={"Location": f"{address}?done={done}"})


def older(address: str, cursor: str | None) -> str:
    """Return the address of the next lines of a list; empty after the last."""
    return f"{address}?cursor={cursor}" if cursor else ""


def why(refused: DomainError) -> str:
    """Return a sentence that says why something was not done."""
    return told(refused.slug)


def told(slug: str) -> str:
    """Return the sentence of a refusal."""
    return t(f"{slug.partition('/')[0]}.problems.{slug}")
