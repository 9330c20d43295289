"""`tinhs`: the verbs of the house, and below its name those of each module.

A verb imports what it needs when it is called, so that `tinhs --help` answers at once.
"""

import asyncio
import os
import sys
from collections.abc import AsyncGenerator, Awaitable, Callable
from contextlib import asynccontextmanager
from importlib.metadata import entry_points
from pathlib import Path
from tempfile import mkdtemp
from typing import TYPE_CHECKING, Any
from uuid import UUID

import click

from backend.host.backup_verbs import backup, backups, restore
from backend.host.key_verbs import keys
from backend.host.status_verbs import status

if TYPE_CHECKING:
    from backend.host.installation import Installation
    from backend.local import DatabaseUrls
    from backend.work import Workshop

_ROOT = Path(__file__).resolve().parents[2]
_METHODS = ("GET", "HEAD", "POST", "PUT", "PATCH", "DELETE")


class Verbs(click.Group):
    """Our verbs; a module's name is a group of the module's own, loaded when it is called."""

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        found = super().get_command(ctx, cmd_name)
        name = cmd_name.replace("-", "_")  # as in addresses
        if found is not None:
            return found
        return _verbs_of(name) if name in _module_names() else _only_verb(cmd_name)

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        super().format_commands(ctx, formatter)
        with formatter.section("Modules, which may have verbs of their own (tinhs work --help)"):
            formatter.write_text(", ".join(_module_names()) or "none is installed")

    def invoke(self, ctx: click.Context) -> Any:
        """Show what a person can mend as a message, and only what nobody foresaw as a trace."""
        try:
            return super().invoke(ctx)
        except Exception as error:
            if (told := _told(error)) is None:
                raise
            raise click.ClickException(told) from error


def _module_names() -> list[str]:
    return sorted({point.name for point in entry_points(group="tinhs.modules")})


def _verbs_of(name: str) -> click.Command | None:
    for module in _installed().modules:
        if module.name == name:
            verbs = {command.name or "": command for command in module.commands}
            return click.Group(name, commands=verbs, help=f"Verbs of the module {name}.")
    return None


def _only_verb(name: str) -> click.Command | None:
    """Return the verb that one module alone has, or claims: nobody need know whose it is."""
    found = [
        (name in module.verbs, command)
        for module in _installed().modules
        for command in module.commands
        if command.name == name
    ]
    claimed = [command for is_claimed, command in found if is_claimed]
    every = claimed or [command for _, command in found]
    return every[0] if len(every) == 1 else None


def _installed() -> "Installation":
    from backend.host.home import surroundings
    from backend.host.installation import installation

    return installation(surroundings(os.environ, _ROOT))


@asynccontextmanager
async def _workshop() -> AsyncGenerator["Workshop"]:
    """What the verbs of a module get as the object of their context: a way into the database."""
    from backend.host.labour import opened

    async with opened(_installed()) as shop:
        yield shop


def _told(error: Exception) -> str | None:
    from backend.host.migrate import EditedMigration
    from backend.host.registry import BrokenModules
    from backend.host.settings import BadSettings
    from backend.local import LocalProblem

    if isinstance(error, BrokenModules | BadSettings):
        return f"this cannot start, because\n{error}"
    if isinstance(error, EditedMigration):
        return f"{error}.\nWrite a new one; to forget a database of your own, type: make reset"
    return str(error) if isinstance(error, LocalProblem) else None


@click.group(cls=Verbs, context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(package_name="tinhs")
@click.pass_context
def main(ctx: click.Context) -> None:
    """Tỉnh-S: an open backend for a province's citizen super-app."""
    ctx.obj = _workshop


@main.command()
@click.option("--workers", type=click.IntRange(1), help="Processes that answer requests.")
@click.option("--with-parent", is_flag=True, help="End when the program that started this ends.")
def run(workers: int | None, *, with_parent: bool) -> None:
    """Start everything on this machine: database, demo data, server, worker."""
    from backend.host.run import run_here

    run_here(os.environ, _ROOT, workers=workers, with_parent=with_parent)


@main.command()
@click.option("--workers", type=click.IntRange(1), default=1, help="Processes that answer.")
def serve(workers: int) -> None:
    """Answer requests; the database is somebody else's care."""
    if os.environ.get("TINHS_METRICS_PORT", "0") != "0":
        # Workers add their figures together in files, if this is set before they are imported.
        os.environ.setdefault("PROMETHEUS_MULTIPROC_DIR", mkdtemp(prefix="tinhs-figures-"))
    from backend.host.serve import serve as serve_application

    serve_application(_installed(), workers=workers)


@main.command()
@click.argument("admin_url")
@click.option("--database", default="tinhs", show_default=True, help="Its name on the server.")
def logins(admin_url: str, database: str) -> None:
    """Make the logins and an empty database on a server, and print each process's address.

    ADMIN_URL names a login with CREATEROLE and CREATEDB; its password may come from PGPASSFILE.
    The passwords of ours are made once and kept in TINHS_DATA_DIR/database-passwords.json.
    """
    from backend.local import ensure_roles, kept_passwords

    passwords = kept_passwords(_installed().ours.data_dir / "database-passwords.json")
    _echo_addresses(asyncio.run(ensure_roles(admin_url, database, passwords)))


@main.command("turn-logins")
@click.argument("admin_url")
@click.option("--database", default="tinhs", show_default=True, help="Its name on the server.")
def turn_logins(admin_url: str, database: str) -> None:
    """Give the logins that no process uses fresh passwords, and print the new addresses.

    Each login has a twin, and the two take turns: restart the processes one by one with what this
    prints. It refuses while some still use the addresses of the turn before.
    """
    from backend.local.passwords import turned

    _echo_addresses(asyncio.run(turned(admin_url, database)))


def _echo_addresses(urls: "DatabaseUrls") -> None:
    click.echo(f"TINHS_DATABASE_OWNER_URL={urls.owner}")
    click.echo(f"TINHS_DATABASE_URL={urls.runtime}")
    click.echo(f"TINHS_DATABASE_AUTH_URL={urls.auth}")
    click.echo(f"TINHS_DATABASE_JOB_URL={urls.job}")


@main.command()
def migrate() -> None:
    """Bring the database to the newest schema of every module."""
    from backend.host.prepare import migrate_here

    applied = asyncio.run(migrate_here(_installed()))
    for step in applied:
        click.echo(step)
    click.echo(f"{len(applied)} applied")


class Seed(click.Command):
    """`seed`, with an option for whatever modules write by the million to be measured with."""

    def get_params(self, ctx: click.Context) -> list[click.Parameter]:
        amounts = sorted(name for module in _installed().modules for name in module.amounts)
        count = click.IntRange(1, 20_000_000)
        more = [
            click.Option(
                [f"--{name}"], type=count, help="Invented ones beside it, to measure with."
            )
            for name in amounts
        ]
        return [*super().get_params(ctx), *more]


@main.command(cls=Seed)
def seed(**amounts: int | None) -> None:
    """Write the demo province into a developer's database; repeating it changes nothing."""
    from backend.host.prepare import seed_here

    installed = _installed()
    names = asyncio.run(seed_here(installed))
    click.echo(f"demo data of: {', '.join(names) or 'nobody'}")
    for module in installed.modules:
        for name, write in module.amounts.items():
            if count := amounts.get(name):
                asyncio.run(_written(write, count))
                click.echo(f"{count} {name}")


async def _written(write: Callable[..., Awaitable[None]], count: int) -> None:
    await write(_workshop, count)


@main.command()
@click.argument("package", required=False)
def check(package: str | None) -> None:
    """Look whether the installed modules and the settings can start.

    With a PACKAGE: whether its module can move in, installed or not. Its manifest, what it imports,
    its migrations and each of its SQL statements are tried; no setting is needed.
    """
    if package is not None:
        from backend.host.audition import heard

        module = asyncio.run(heard(package))
        click.echo(f"{module.name} can move in")
        return
    installed = _installed()
    click.echo(f"{len(installed.modules)} modules can start together")


@main.command()
@click.option("--released", is_flag=True, help="Keep the result as what is promised from now on.")
def publish(*, released: bool) -> None:
    """Write contracts/ and the generated pages of docs/ anew from the code."""
    from backend.host.publish import publish as publish_here
    from backend.host.registry import discover

    if not (_ROOT / "pyproject.toml").exists():
        raise click.ClickException("this writes into a checkout, and here is none")
    changed = publish_here(discover(guests=()), _ROOT, released=released)
    click.echo("\n".join(changed) or "nothing has changed")


@main.command()
def modules() -> None:
    """List the installed modules: where they come from, what they need and provide."""
    from backend.host.registry import origins

    came_from = origins()
    for module in _installed().modules:
        click.echo(f"{module.name}  ({came_from.get(module.name, '?')})")
        for title, names in (
            ("scopes", [scope.name for scope in module.scopes]),
            ("requires", [service.__name__ for service in module.requires]),
            ("wants", [service.__name__ for service in module.wants]),
            ("provides", [service.__name__ for service in module.provides]),
        ):
            if names:
                click.echo(f"  {title:9} {', '.join(names)}")


@main.command()
def routes() -> None:
    """List the routes that this process would serve, and who may come in."""
    from backend.host.app import served
    from backend.host.routes import rows

    installed = _installed()
    for row in rows(served(installed.modules, installed.ours.modules)):
        click.echo(f"{row.method:7}{row.path}  {row.scope or 'anyone'}")


@main.command()
def settings() -> None:
    """List every setting with its value here; secrets are not shown."""
    from backend.host.settings import variables, wanted

    installed = _installed()
    for prefix, struct in wanted(installed.modules).items():
        values = installed.settings[struct]
        for name, field in variables(prefix, struct).items():
            click.echo(f"{name}={getattr(values, field)}")


@main.command()
@click.option("--as", "who", default="citizen", show_default=True, help="Who: see /dev/login.")
@click.option("--json", "body", help="The body; with --file, the part `data` of the form.")
@click.option("--file", "files", multiple=True, metavar="NAME=@PATH", help="A file of a form.")
@click.option("--header", "headers", multiple=True, metavar="NAME:VALUE", help="One more header.")
@click.option("--key", help="The Idempotency-Key of a POST, instead of a fresh one.")
@click.argument("method", type=click.Choice(_METHODS, case_sensitive=False))
@click.argument("path")
def call(
    who: str,
    body: str | None,
    files: tuple[str, ...],
    headers: tuple[str, ...],
    key: str | None,
    method: str,
    path: str,
) -> None:
    """Call a server on this machine as one of the demo people; curl cannot sign."""
    from backend.host.call import call_here, composed
    from backend.host.home import at_home

    try:
        request = composed(method, path, body=body, files=files, headers=headers, key=key)
    except ValueError as error:
        raise click.UsageError(str(error)) from error
    sys.exit(call_here(at_home(os.environ, _ROOT), who, request))


@main.group()
def staff() -> None:
    """Mind who administers; everything else about officers is done in the console."""


_NAME = click.option("--name", required=True, help="As colleagues know them.")
_AGENCY = click.option("--agency", required=True, metavar="ID", help="A UUID, or a code like H56.")


@staff.command()
@_NAME
@_AGENCY
def bootstrap(name: str, agency: str) -> None:
    """Make the first administrator, and print the link at which they make their key.

    It opens once, within fifteen minutes, and only while nobody is an administrator.
    """
    from backend.host.staffing import first_admin

    click.echo(asyncio.run(first_admin(_installed(), name, agency)))


@staff.command()
@_NAME
@_AGENCY
def recover(name: str, agency: str) -> None:
    """Make another administrator when at most one is left; the console shows it for a month."""
    from backend.host.staffing import another_admin

    click.echo(asyncio.run(another_admin(_installed(), name, agency)))


@staff.command()
@click.argument("staff_id", type=click.UUID)
def disable(staff_id: UUID) -> None:
    """Shut an officer out at once, also an administrator: their next request is refused."""
    from backend.host.staffing import disabled

    click.echo(asyncio.run(disabled(_installed(), staff_id)))


@main.command()
def reset() -> None:
    """Remove the local database, files and messages: the next run starts empty."""
    from backend.host.run import forget

    click.echo(forget(os.environ, _ROOT))


for verb in (backup, backups, keys, restore, status):
    main.add_command(verb)
