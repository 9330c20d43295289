"""`tinhs keys`: turning keys and secrets ahead of the calendar."""

import asyncio
import os
from pathlib import Path
from typing import TYPE_CHECKING

import click

if TYPE_CHECKING:
    from backend.host.installation import Installation

_ROOT = Path(__file__).resolve().parents[2]


@click.group()
def keys() -> None:
    """Mind the keys that tokens are signed with; they turn by themselves."""


@keys.command()
@click.option("--compromised", "kid", metavar="KID", help="Drop this one, as /oauth/jwks names it.")
def rotate(kid: str | None) -> None:
    """Let the next key sign at once, ahead of the calendar; what was signed before stays good.

    A key that others may have is dropped: every process knows within seconds, and what it signed is
    refused. People stay signed in: their apps fetch new tokens.
    """
    from backend.host.keyring import advanced, dropped

    if kid is None:
        click.echo(asyncio.run(advanced(_installed())))
    else:
        click.echo(asyncio.run(dropped(_installed(), kid)))


@keys.command("rotate-seal")
def rotate_seal() -> None:
    """Seal the access log with a fresh key; the old one signs beside it for thirty days."""
    from backend.host.keyring import sealed_anew

    click.echo(asyncio.run(sealed_anew(_installed())))


@keys.command("rotate-epoch")
def rotate_epoch() -> None:
    """Begin an epoch now: people's keys are wrapped anew by the worker, in batches."""
    from backend.host.keyring import begun

    click.echo(f"epoch {asyncio.run(begun(_installed()))} wraps keys from now on")


@keys.command("rotate-index")
@click.argument("column")
def rotate_index(column: str) -> None:
    """Index a column with a fresh key; the worker carries its rows over, and nobody is refused."""
    from backend.host.keyring import indexed_anew

    click.echo(asyncio.run(indexed_anew(_installed(), column)))


@keys.command("rotate-pepper")
def rotate_pepper() -> None:
    """Derive the refresh tokens of new sessions with a fresh secret; old sessions go on."""
    from backend.host.keyring import peppered

    click.echo(asyncio.run(peppered(_installed())))


@keys.command("rotate-secrets")
def rotate_secrets() -> None:
    """Turn the secrets of codes, letters and challenges; those before stay good meanwhile."""
    from backend.host.keyring import turned

    click.echo(asyncio.run(turned(_installed())))


def _installed() -> "Installation":
    from backend.host.home import surroundings
    from backend.host.installation import installation

    return installation(surroundings(os.environ, _ROOT))
