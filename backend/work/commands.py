"""`tinhs work …`: do what waits, and mend what went wrong.

Whoever mounts `work` gives `Open` as the object of the context.
"""

import asyncio
import signal
from collections.abc import Awaitable, Callable, Sequence
from contextlib import AbstractAsyncContextManager
from datetime import datetime
from typing import TypeAlias, TypeVar

import click

from backend.kernel import VIETNAM
from backend.work import repair
from backend.work.figures import watched
from backend.work.perform import Workshop
from backend.work.repair import Buried, UnknownSubscriber
from backend.work.run import Worker
from backend.work.upkeep import Backlog, backlog

T = TypeVar("T")

Open: TypeAlias = Callable[[], AbstractAsyncContextManager[Workshop]]
"""Opens the workshop of this installation, and closes its connections afterwards."""


@click.group()
def work() -> None:
    """Do what waits: deliveries, jobs, errands, the timetable; mend what went wrong."""


@work.command()
@click.pass_obj
def run(opened: Open) -> None:
    """Do what waits until a signal ends it; what was begun is finished or handed back."""

    async def until_told(shop: Workshop) -> None:
        worker = Worker(shop)
        loop = asyncio.get_running_loop()
        for each in (signal.SIGINT, signal.SIGTERM):
            loop.add_signal_handler(each, worker.stop)
        async with watched(shop):
            await worker.run()

    _in_workshop(opened, until_told)


@work.command("list")
@click.option("--name", help="Only work of this name.")
@click.option("--after", type=int, default=0, help="Only buried work with a later id.")
@click.pass_obj
def show(opened: Open, name: str | None, after: int) -> None:
    """Count what is unfinished, and list a hundred pieces that were given up."""

    async def look(shop: Workshop) -> tuple[Sequence[Backlog], Sequence[Buried], datetime]:
        async with shop.statements() as tx:
            counted = await backlog(tx)
        return counted, await repair.buried(shop, name=name, after=after), tx.now

    counted, buried, now = _in_workshop(opened, look)
    for line in counted:
        if name in {None, line.name}:
            click.echo(
                f"{line.name}: {line.waiting} waiting, {line.held} held, {line.running} running,"
                f" {line.buried} buried; {line.age(now).total_seconds():.0f} s late"
            )
    for piece in buried:
        click.echo(
            f"{piece.id}  {piece.name}  subject {piece.subject or '-'}  {piece.attempts} failures"
            f"  {piece.crashes} crashes  {piece.error or ''}"
        )


@work.command()
@click.argument("ids", type=int, nargs=-1)
@click.option("--name", help="All buried work of this name.")
@click.pass_obj
def retry(opened: Open, ids: tuple[int, ...], name: str | None) -> None:
    """Try buried work again, as if it were new."""
    done = _in_workshop(opened, lambda shop: _each(shop, ids, name, repair.retry))
    click.echo(f"{done} to be tried again")


@work.command()
@click.argument("ids", type=int, nargs=-1)
@click.option("--name", help="All buried work of this name.")
@click.pass_obj
def discard(opened: Open, ids: tuple[int, ...], name: str | None) -> None:
    """Let go of buried work for good; what stands behind it goes on."""
    done = _in_workshop(opened, lambda shop: _each(shop, ids, name, repair.discard))
    click.echo(f"{done} discarded")


@work.command()
@click.option("--subscriber", required=True, help="Name of the subscription.")
@click.option("--since", required=True, type=click.DateTime(), help="On Vietnam's clock.")
@click.pass_obj
def replay(opened: Open, subscriber: str, since: datetime) -> None:
    """Deliver what happened since then to one subscriber once more."""

    async def tell_again(shop: Workshop) -> int:
        return await repair.replay(shop, subscriber, since=since.replace(tzinfo=VIETNAM))

    try:
        told = _in_workshop(opened, tell_again)
    except UnknownSubscriber as error:
        raise click.BadParameter(
            f"nobody subscribes as {error}", param_hint="--subscriber"
        ) from error
    click.echo(f"{told} events to be delivered")


async def _each(
    shop: Workshop,
    ids: Sequence[int],
    name: str | None,
    mend: Callable[[Workshop, Sequence[int]], Awaitable[int]],
) -> int:
    mended = await mend(shop, ids)
    after = 0
    while name is not None and (found := await repair.buried(shop, name=name, after=after)):
        after = found[-1].id
        mended += await mend(shop, [piece.id for piece in found])
    return mended


def _in_workshop(opened: Open, do: Callable[[Workshop], Awaitable[T]]) -> T:
    async def inside() -> T:
        async with opened() as shop:
            return await do(shop)

    return asyncio.run(inside())
