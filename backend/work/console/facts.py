"""What the host knows of the installation, and tells this module's pages."""

from collections.abc import Callable, Sequence
from datetime import datetime
from typing import Any, Final

import msgspec
from litestar import Request

from backend.kernel import Query, Snapshot

_STEPS_AT_ONCE: Final = 20


class InstalledModule(msgspec.Struct, frozen=True, kw_only=True):
    """A module, where it came from, and what it brings."""

    name: str
    origin: str
    """Distribution and version."""
    is_ours: bool
    """Part of the house, or somebody else's."""
    is_served: bool
    """By this process."""
    routes: int
    jobs: int


class Setting(msgspec.Struct, frozen=True, kw_only=True):
    """A setting as this process has read it. Of a secret only whether it is set."""

    name: str
    value: str | None
    is_secret: bool
    is_default: bool


class BackupState(msgspec.Struct, frozen=True, kw_only=True):
    """How old the last backup of our own server is."""

    is_ours: bool
    """Somebody else's server is backed up by its own means, of which we know nothing."""
    last_at: datetime | None = None


class Facts(msgspec.Struct, frozen=True, kw_only=True):
    """All of it; the host keeps one in the application's state, as `facts`."""

    modules: tuple[InstalledModule, ...]
    settings: tuple[Setting, ...]
    backup: Callable[[], BackupState]
    """Reads a folder: call it in a thread."""


class Migration(msgspec.Struct, frozen=True, kw_only=True):
    """A change of the schema that was applied."""

    module: str
    name: str
    applied_at: datetime


MIGRATIONS = Query(
    Migration,
    """
    select module, name, applied_at
      from kernel.migration
     order by applied_at desc, module, name desc
     limit $1
    """,
)


def facts_of(request: Request[Any, Any, Any]) -> Facts:
    """Return what the host knows."""
    return request.app.state.facts


async def migrations(snapshot: Snapshot) -> Sequence[Migration]:
    """Return the last changes of the schema, the newest first."""
    return await snapshot.all(MIGRATIONS, _STEPS_AT_ONCE)
