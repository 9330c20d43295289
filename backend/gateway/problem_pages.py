"""Where the `type` of a problem opens: a page for people, and the same as JSON for programs."""

from typing import Any, Final

import msgspec
from litestar import Request, Response, get
from litestar.params import FromPath

from backend.gateway.problems import detail_of, title_of
from backend.kernel import Anyone, DomainError, NotFound
from backend.kernel.pages import page

_PUBLIC: Final = {
    "cache-control": "public, max-age=300, stale-while-revalidate=86400, stale-if-error=604800"
}


class KindOfProblem(msgspec.Struct, frozen=True, kw_only=True):
    """One kind of refusal, as the catalogue lists it."""

    type: str
    slug: str
    status: int
    title: str
    detail: str = ""


@get("/problems", guards=[Anyone()], include_in_schema=False)
async def list_problems(request: Request[Any, Any, Any]) -> Response[Any]:
    """List every kind of problem that this installation can answer with."""
    kinds = [_described(kind, request) for _, kind in sorted(kinds_by_slug().items())]
    if _wants_json(request):
        return Response({"items": kinds}, headers=_PUBLIC)
    return page("kernel/problems.html", headers=_PUBLIC, kinds=kinds)


@get("/problems/{module:str}/{name:str}", guards=[Anyone()], include_in_schema=False)
async def show_problem(
    request: Request[Any, Any, Any], module: FromPath[str], name: FromPath[str]
) -> Response[Any]:
    """Explain one kind of problem."""
    kind = kinds_by_slug().get(f"{module}/{name}")
    if kind is None:
        raise NotFound
    told = _described(kind, request)
    if _wants_json(request):
        return Response(told, headers=_PUBLIC)
    return page("kernel/problem.html", headers=_PUBLIC, kind=told)


def kinds_by_slug() -> dict[str, type[DomainError]]:
    """Return every refusal that the code of this process can make, by its slug."""
    found: dict[str, type[DomainError]] = {}
    waiting: list[type[DomainError]] = [DomainError]
    while waiting:
        for kind in waiting.pop().__subclasses__():
            waiting.append(kind)
            if "slug" in vars(kind):
                found[kind.slug] = kind
    return found


def _described(kind: type[DomainError], request: Request[Any, Any, Any]) -> KindOfProblem:
    scope: Any = request.scope
    return KindOfProblem(
        type=f"{scope['exchange'].base_url}/problems/{kind.slug}",
        slug=kind.slug,
        status=kind.status,
        title=title_of(kind.slug),
        detail=detail_of(kind.slug, {}),
    )


def _wants_json(request: Request[Any, Any, Any]) -> bool:
    accept = request.headers.get("accept", "")
    return "json" in accept and "text/html" not in accept
