"""Scopes and doors: what a caller must hold, and the guard that asks for it."""

from datetime import datetime, timedelta
from typing import Any, Final, Literal, Protocol, cast

import msgspec
from litestar.connection import ASGIConnection
from litestar.handlers import BaseRouteHandler

from backend.kernel.errors import DomainError
from backend.kernel.rules import Principal, Rule

NOBODY: Final = Principal(kind="anyone")
"""A caller who showed no credential."""

Acr = Literal["", "aal1", "aal2"]
Kind = Literal["citizen", "staff", "partner"]


class Scope(msgspec.Struct, frozen=True, kw_only=True):
    """A permission, written `module:action`: who may hold it, and whom it may touch.

    Citizens and partners carry scopes in their tokens; an officer has those whose `roles` they
    hold. `ial`, `acr` and `max_age` ask how well and how recently this session proved who it is
    (RFC 9470 tells the caller how to step up). A scope that `reads` personal data names the
    `purposes` it may be read for (Law 91/2025/QH15), for the access log.
    """

    name: str
    rule: Rule | None = None
    kinds: frozenset[Kind] = frozenset({"citizen"})
    roles: frozenset[str] = frozenset()
    ial: int = 0
    acr: Acr = ""
    max_age: timedelta | None = None
    reads: Literal["personal", "sensitive"] | None = None
    purposes: frozenset[str] = frozenset()


class Unauthenticated(DomainError):
    """The route wants a credential and none, or none that is valid now, was shown."""

    slug = "kernel/unauthenticated"
    status = 401


class Forbidden(DomainError):
    """The caller is known and may not do this."""

    slug = "kernel/forbidden"
    status = 403


class StepUpNeeded(DomainError):
    """The caller may do this after proving more, or more recently, who they are (RFC 9470)."""

    slug = "kernel/step-up-needed"
    status = 401


class TooManyRequests(DomainError):
    """The caller has used up an allowance; `Retry-After` says when to come back (seconds)."""

    slug = "kernel/too-many-requests"
    status = 429


def admit(principal: Principal, scope: Scope, now: datetime) -> None:
    """Let this caller through a door, or raise `Unauthenticated`, `Forbidden`, `StepUpNeeded`."""
    if principal.kind == "anyone":
        raise Unauthenticated(headers={"WWW-Authenticate": 'DPoP algs="ES256"'})
    if principal.kind not in scope.kinds:
        raise Forbidden
    if principal.kind == "staff":
        if not scope.roles & principal.roles:
            raise Forbidden
    elif scope.name not in principal.scopes:
        raise Forbidden
    if scope.purposes and principal.kind == "partner" and principal.purpose not in scope.purposes:
        raise Forbidden
    if not _proved(principal, scope, now):
        raise StepUpNeeded(headers={"WWW-Authenticate": _challenge(scope)})


def _proved(principal: Principal, scope: Scope, now: datetime) -> bool:
    if principal.kind == "partner":  # a partner proves itself with its key at every call
        return True
    fresh = scope.max_age is None or (
        principal.auth_time is not None and now - principal.auth_time <= scope.max_age
    )
    return principal.acr >= scope.acr and principal.ial >= scope.ial and fresh


def _challenge(scope: Scope) -> str:
    parts = ['DPoP error="insufficient_user_authentication"']
    if scope.acr:
        parts.append(f'acr_values="{scope.acr}"')
    if scope.max_age is not None:
        parts.append(f'max_age="{int(scope.max_age.total_seconds())}"')
    return ", ".join(parts)


class Visit(Protocol):
    """What the gateway puts into `connection.scope["visit"]` for the doors to ask."""

    async def admit(self, scope: Scope) -> None:
        """Let the caller through, or raise what `admit` raises."""
        ...

    async def spend(self, allowance: "at_most") -> None:
        """Use up one call of an allowance, or raise `TooManyRequests`."""
        ...


class Tries(Protocol):
    """Guesses, counted apart from the transaction: a refusal keeps what was used up.

    `tries: Injected[Tries]`. A right answer gives back what it took, so only wrong ones count.
    Nobody waits for a second connection while holding a first, so `spend` undoes what the request
    has done so far, and the next statement begins anew, for the same caller.
    """

    async def spend(self, allowance: "at_most", about: str = "") -> None:
        """Use up one try of the caller, or of the thing that it is `about`.

        Exact over all processes, and kept as a digest. Raises `TooManyRequests`.
        """
        ...

    def give_back(self, allowance: "at_most", about: str = "") -> None:
        """Undo one `spend` before the request is answered, whatever is answered: no guess."""
        ...


class Origin(msgspec.Struct, frozen=True, kw_only=True):
    """Where a request came from: `origin: Injected[Origin]`, for limits and for nothing else.

    Personal data: keep a keyed digest of it, if anything.
    """

    address: str
    """IPv4, or the /64 of an IPv6 address, as far as the trusted proxies tell; `""` if unknown."""
    is_shared: bool
    """Whether thousands of people may be behind it, as with the carriers that settings name."""


class Door:
    """A guard that needs to know nothing but the visit."""

    async def ask(self, visit: Visit) -> None:
        """Let the caller of this visit through, or raise the refusal."""
        raise NotImplementedError

    async def __call__(
        self, connection: ASGIConnection[Any, Any, Any, Any], _: BaseRouteHandler
    ) -> None:
        """Do the same, as Litestar asks a guard."""
        await self.ask(visit_of(connection))


class requires(Door):  # noqa: N801 - reads as a word in `guards=[requires(FILE)]`
    """The door that lets in only callers who hold `scope`."""

    def __init__(self, scope: Scope) -> None:
        self.scope = scope

    async def ask(self, visit: Visit) -> None:
        """Let the caller through, or raise what `admit` raises."""
        await visit.admit(self.scope)


class Anyone(Door):
    """The door that says out loud: this route is public."""

    async def ask(self, visit: Visit) -> None:
        """Let everybody in."""


class at_most(Door):  # noqa: N801 - reads as a word in `guards=[Anyone(), at_most(60, per=HOUR)]`
    """A further guard: at most `n` calls of this route `per` a time, each `by` a caller.

    Kept exactly over all processes. Raises `TooManyRequests`.
    """

    def __init__(
        self,
        n: int,
        *,
        per: timedelta,
        by: Literal["person", "address", "client"] = "person",
    ) -> None:
        self.n = n
        self.per = per
        self.by = by

    async def ask(self, visit: Visit) -> None:
        """Count the call, or raise `TooManyRequests`."""
        await visit.spend(self)


def visit_of(connection: ASGIConnection[Any, Any, Any, Any]) -> Visit:
    """Return what the gateway knows of the request this connection belongs to."""
    return cast("Visit", connection.scope["visit"])  # type: ignore[typeddict-item]
