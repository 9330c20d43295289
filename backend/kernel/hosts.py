"""One database on several servers, of which any may be away: whoever answers first, and rightly.

asyncpg tries the hosts of an address in turn; a first one that is frozen holds it up for the whole
of its patience. All are tried at once here. `target_session_attrs=primary` in the address leaves
out those that only follow.
"""

# pyright: reportMissingTypeStubs=false, reportUnknownMemberType=false
# pyright: reportUnknownVariableType=false, reportUnknownArgumentType=false

import asyncio
from typing import Any, Final
from urllib.parse import parse_qsl, urlencode, urlsplit, urlunsplit

import asyncpg

from backend.kernel.database import Connection

_ONE_SECONDS: Final = 5
_EACH_SECONDS: Final = 2


class ServerAway(ConnectionError):
    """The database server cannot be reached, whichever way the operating system says so."""


async def connect(dsn: str, **options: Any) -> Connection:
    """Return a connection to the first host of the address that answers as it is wanted.

    Raises `ServerAway`, or what PostgreSQL says against us.
    """
    addresses = each_host(dsn)
    seconds = _ONE_SECONDS if len(addresses) == 1 else _EACH_SECONDS
    tries = {asyncio.ensure_future(_one(each, seconds, options)) for each in addresses}
    failed: BaseException = ServerAway()
    try:
        while tries:
            ended, tries = await asyncio.wait(tries, return_when=asyncio.FIRST_COMPLETED)
            answered = [each for each in ended if each.exception() is None]
            if answered:
                tries.update(answered[1:])
                return answered[0].result()
            failed = next(iter(ended)).exception() or failed
        raise failed
    finally:
        for each in tries:
            each.cancel()
            each.add_done_callback(_let_go)


async def _one(address: str, seconds: int, options: dict[str, Any]) -> Connection:
    try:
        connection: Connection = await asyncpg.connect(address, timeout=seconds, **options)
    except (OSError, asyncpg.InternalClientError) as error:  # a missing socket is a missing file
        raise ServerAway from error
    return connection


def _let_go(late: asyncio.Future[Connection]) -> None:
    """Close what another host's answer has made superfluous."""
    if not late.cancelled() and late.exception() is None:
        late.result().terminate()


def each_host(dsn: str) -> list[str]:
    """Return the address of each host that an address names, all else alike.

    Hosts stand before the path, or, being folders of Unix sockets, in `?host=/a,/b`.
    """
    parts = urlsplit(dsn)
    login, at, hosts = parts.netloc.rpartition("@")
    if hosts:
        return [
            urlunsplit(parts._replace(netloc=f"{login}{at}{host}")) for host in hosts.split(",")
        ]
    query = dict(parse_qsl(parts.query))
    folders = query.pop("host", "")
    if "," not in folders:
        return [dsn]
    return [
        urlunsplit(parts._replace(query=urlencode({**query, "host": folder}, safe="/")))
        for folder in folders.split(",")
    ]
