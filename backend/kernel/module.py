"""The plug-in contract: a module is one value of this type."""

from collections.abc import Awaitable, Callable, Mapping
from typing import Any

import click
import msgspec
from litestar.handlers import HTTPRouteHandler

from backend.kernel.auth import Scope
from backend.kernel.console import Console
from backend.kernel.errors import RefusalForm
from backend.kernel.work import Job, Subscription


class Module(msgspec.Struct, frozen=True, kw_only=True):
    """All that the host knows of a module. It is data: importing it runs nothing.

    `name` is also the schema in the database, the URL (`/v1/<name>`, `_` as `-`) and the prefix
    of every scope, slug, event and job; names are for ever.
    """

    name: str
    package: str = ""
    """`__name__` of the package in which migrations, locales and pages lie."""
    routes: tuple[HTTPRouteHandler, ...] = ()
    """Served under `/v1/<name>`."""
    root: tuple[HTTPRouteHandler, ...] = ()
    """Served at the root (`/oauth/jwks`): for modules of the backend. Any module has here what a
    standard makes strangers look for at `/.well-known/…` (RFC 8615), open to all and only read."""
    console: Console = Console()
    """Pages for people."""
    refusal_forms: Mapping[str, RefusalForm] = {}
    """Start of a path below `/v1/<name>` → how everything that is refused there is told, where
    another standard than RFC 9457 prescribes it: what the gateway refuses too."""
    root_refusal_forms: Mapping[str, RefusalForm] = {}
    """The same for whole paths (`/oauth/token`): for modules of the backend alone."""
    scopes: tuple[Scope, ...] = ()
    subscriptions: tuple[Subscription, ...] = ()
    jobs: tuple[Job, ...] = ()
    settings: type[msgspec.Struct] | None = None
    """Read once from `TINHS_<NAME>_<FIELD>`; ask a transaction for it."""
    provides: dict[type, Callable[[Any], Any]] = {}
    """Protocol → class constructed with the asking transaction or snapshot."""
    requires: tuple[type, ...] = ()
    """Protocols that another module must provide."""
    wants: tuple[type, ...] = ()
    """Protocols that the module can do without: `snapshot.ask_maybe`."""
    reference: Callable[..., Awaitable[None]] | None = None
    """`async def reference(tx)`: official lists that must be there; run by `tinhs migrate`."""
    ready: Callable[..., Awaitable[bool]] | None = None
    """`async def ready(snapshot)`: must be true once before a process may be sent requests."""
    behind: Callable[..., Awaitable[bool]] | None = None
    """`async def behind(snapshot)`: whether what the module shows is older than it promised. The
    process goes on, `/readyz` names the module under `degraded`, and `/status` says so."""
    commands: tuple[click.Command, ...] = ()
    """Verbs of the command line: `tinhs <name> …`."""
    verbs: frozenset[str] = frozenset()
    """Those of `commands` that are typed without the module's name, where others have them too."""
    seed: Callable[..., Awaitable[None]] | None = None
    """`async def seed(tx)`: demo data for `tinhs seed`, safe to repeat."""
    amounts: Mapping[str, Callable[..., Awaitable[None]]] = {}
    """`{"reports": write}`, with `async def write(shell, count)`: so many invented rows to measure
    with, for `tinhs seed --reports COUNT`."""
