"""How editors write: a whole thing at a time, over the version that they saw."""

from collections.abc import Callable
from typing import Any

from litestar import put

from backend.kernel import DomainError, VersionRequired, VersionStale, refuses, requires
from modules.public_services.scopes import EDIT


def put_by_editors(path: str, *refusals: type[DomainError]) -> Callable[..., Any]:
    """Return a route for editors that takes `If-Match`; `"0"` matches what is not there yet."""
    return put(
        path,
        guards=[requires(EDIT)],
        responses=refuses(*refusals, VersionRequired, VersionStale),
    )
