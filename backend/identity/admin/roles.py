"""Which role opens what: read from the scopes that modules declare, so it cannot be out of date."""

from collections.abc import Iterable

import msgspec
from litestar import get

from backend.identity.admin.handlers import AS, Asking
from backend.identity.handlers import authority_of
from backend.identity.scopes import OVERSEE
from backend.kernel import Injected, Scope, Snapshot, requires, t
from backend.kernel.locale import knows, language


class Permission(msgspec.Struct, frozen=True, kw_only=True):
    """Something that officers can be allowed, which roles allow it, and what else it asks for."""

    scope: str
    label: str
    roles: tuple[str, ...]
    proof: str
    """`aal2` where it takes a passkey."""
    max_age_minutes: int | None
    """How fresh that proof has to be; null: as old as the session."""
    reads: str | None
    """`personal` or `sensitive` data that it opens, for one of `purposes`."""
    purposes: tuple[str, ...]


class Permissions(msgspec.Struct, frozen=True, kw_only=True):
    """All of them, module by module."""

    items: tuple[Permission, ...]


@get(
    "/v1/admin/permissions",
    operation_id="listPermissions",
    tags=["identity"],
    guards=[requires(OVERSEE)],
    opt=AS,
)
async def list_permissions(request: Asking, snapshot: Injected[Snapshot]) -> Permissions:
    """List what officers can be allowed, and which roles allow it."""
    del snapshot  # the door alone asks the database
    return Permissions(items=permissions(authority_of(request).scopes))


def permissions(scopes: Iterable[Scope]) -> tuple[Permission, ...]:
    """Return what officers can be allowed, in the language of the request."""
    offered = (scope for scope in scopes if "staff" in scope.kinds and scope.roles)
    return tuple(_told(scope) for scope in sorted(offered, key=lambda scope: scope.name))


def label(scope: Scope) -> str:
    """Return what people call a scope; empty where nobody has said."""
    module, _, action = scope.name.partition(":")
    key = f"{module}.scopes.{action}"
    return t(key) if knows(key, language.get()) else ""


def _told(scope: Scope) -> Permission:
    age = scope.max_age
    return Permission(
        scope=scope.name,
        label=label(scope),
        roles=tuple(sorted(scope.roles)),
        proof=scope.acr,
        max_age_minutes=None if age is None else int(age.total_seconds() // 60),
        reads=scope.reads,
        purposes=tuple(sorted(scope.purposes)),
    )
