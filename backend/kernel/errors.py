"""Outcomes that the rules foresee. Anything else is a bug and answers 500."""

from collections.abc import Callable, Mapping, Sequence
from typing import ClassVar, TypeAlias

import msgspec
from litestar.openapi import ResponseSpec

from contracts.event import Event
from contracts.problem import Fault, Problem


class DomainError(Exception):
    """A refusal that the caller can understand and act on.

    A subclass names the problem once, as `slug` (`<module>/<what-happened>`, for ever), with its
    `status`: 409 the state of things says no (look again), 422 what was sent can never be
    accepted (send something else), 404 not there or not for you. The gateway turns it into
    RFC 9457 problem details; title and detail come from the module's locale files, where
    `members` fill the placeholders of the detail. `members` are also extension members of the
    answer, so they hold facts of the state (`current_version=3`) and never anything personal.
    """

    slug: ClassVar[str]
    status: ClassVar[int] = 409
    headers: Mapping[str, str]
    """Headers of the answer, such as `Retry-After` (seconds)."""
    event: Event | None
    """All that a refused request keeps: that it was refused, for whoever has to know."""

    def __init__(
        self,
        *,
        errors: Sequence[Fault] = (),
        headers: Mapping[str, str] | None = None,
        event: Event | None = None,
        **members: object,
    ) -> None:
        super().__init__(self.slug)
        self.errors = tuple(errors)
        self.headers = headers or {}
        self.event = event
        self.members = members


class Told(msgspec.Struct, frozen=True, kw_only=True):
    """A refusal in words, for a form that another standard prescribes."""

    path: str
    """As it was called, without its query."""
    status: int
    slug: str
    """Empty for a bug."""
    texts: Sequence[str]
    """What was wrong, one sentence for each fault, in the language of the request."""


RefusalForm: TypeAlias = Callable[[Told], tuple[int, str, bytes]]
"""Returns status, media type and body of a refusal. Pure, and never raises."""


class NotFound(DomainError):
    """No such thing, or none that this caller may know of: the two look alike on purpose."""

    slug = "kernel/not-found"
    status = 404


class BadRequest(DomainError):
    """The request does not fit the published description; `errors` names every fault."""

    slug = "kernel/bad-request"
    status = 400


class VersionRequired(DomainError):
    """The thing is shared, so a change needs `If-Match` with the version the caller saw."""

    slug = "kernel/version-required"
    status = 428


class VersionStale(DomainError):
    """Someone changed the thing since the caller looked; `current_version` tells where it is."""

    slug = "kernel/version-stale"
    status = 412


def refuses(*errors: type[DomainError]) -> dict[int, ResponseSpec]:
    """Document the refusals of a handler: `responses=refuses(NotFound, RatingClosed)`."""
    statuses = sorted({error.status for error in errors})
    return {status: documented(status, errors) for status in statuses}


def documented(status: int, errors: Sequence[type[DomainError]]) -> ResponseSpec:
    """Describe the answers of one status by the slugs that can cause it."""
    slugs = ", ".join(f"`{error.slug}`" for error in errors if error.status == status)
    return ResponseSpec(
        data_container=Problem,
        description=slugs,
        media_type="application/problem+json",
        generate_examples=False,
    )
