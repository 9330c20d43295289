"""How often somebody may ask: by address before any signature is checked, by allowance after.

Both are the generic cell rate algorithm (GCRA, ITU-T I.371): one number for each caller, the moment
at which all that they have used will have been given back. A quota may be used up at once; after
that it comes back evenly, one call at a time.
"""

import ipaddress
from collections.abc import Sequence
from datetime import datetime
from functools import lru_cache
from math import ceil
from typing import Any, Final, TypeAlias

from backend.gateway.exchange import Exchange
from backend.kernel import Principal, TooManyRequests, at_most
from backend.kernel.pool import Pool
from backend.kernel.rate import GIVE_BACK, SPEND, Allowance, seconds_left

_CALLERS_MAX: Final = 50_000
"""Addresses remembered by one process; beyond it those that owe nothing are forgotten."""

_Network: TypeAlias = ipaddress.IPv4Network | ipaddress.IPv6Network


class Proxies:
    """Finds out who called through the proxies that the operator named."""

    def __init__(self, trusted: Sequence[str]) -> None:
        self._trusted: list[_Network] = [ipaddress.ip_network(name) for name in trusted]
        self.caller = lru_cache(maxsize=8192)(self._caller)

    def _caller(self, peer: str, forwarded: bytes) -> str:
        """Return the rightmost address that no trusted proxy vouches for, a /64 when it is IPv6.

        What stands left of it was written by the caller, and may say anything.
        """
        hops = [peer, *reversed(forwarded.decode("latin-1").split(","))] if forwarded else [peer]
        caller = peer
        for hop in hops:
            address = _address(hop)
            if address is None:
                break
            caller = _subject(address)
            if not any(address in network for network in self._trusted):
                break
        return caller


def _address(text: str) -> ipaddress.IPv4Address | ipaddress.IPv6Address | None:
    bare = text.strip().removeprefix("[").partition("]")[0]
    if bare.count(":") == 1:  # an IPv4 address with a port
        bare = bare.partition(":")[0]
    try:
        address = ipaddress.ip_address(bare)
    except ValueError:
        return None
    return getattr(address, "ipv4_mapped", None) or address


def _subject(address: ipaddress.IPv4Address | ipaddress.IPv6Address) -> str:
    if address.version == 4:
        return str(address)
    return str(ipaddress.ip_network((address, 64), strict=False))


@lru_cache(maxsize=8192)
def coarse(caller: str) -> str:
    """Return the /24 or /48 that a caller's address lies in: all that a log may keep of it."""
    address = _address(caller.partition("/")[0])
    if address is None:
        return ""
    prefix = 24 if address.version == 4 else 48
    return str(ipaddress.ip_network((address, prefix), strict=False))


@lru_cache(maxsize=8192)
def _is_loopback(caller: str) -> bool:
    address = _address(caller.partition("/")[0])
    return address is not None and address.is_loopback


class AddressLimit:
    """At most `quota` requests in `seconds` from one address to this process.

    A program on the machine itself is not limited: a proxy there says whom it speaks for.
    """

    def __init__(self, *, quota: int, seconds: int = 60) -> None:
        self._interval = seconds / quota
        self._seconds = float(seconds)
        self._owed: dict[str, float] = {}
        self.policy = (b"ratelimit-policy", f'"address";q={quota};w={seconds}'.encode())

    def spend(self, exchange: Exchange) -> None:
        """Use up one request of the caller's, or raise `TooManyRequests`."""
        caller, now = exchange.address, exchange.started
        owed = max(self._owed.get(caller, now), now) + self._interval
        excess = owed - now - self._seconds
        if excess > 0:
            if not _is_loopback(caller):
                exchange.remaining, exchange.reset_seconds = 0, ceil(self._seconds + excess)
                raise TooManyRequests(headers={"Retry-After": str(ceil(excess))})
            owed, excess = now + self._seconds, 0.0  # a debt that nobody collects does not grow
        exchange.remaining = max(int(-excess / self._interval), 0)
        exchange.reset_seconds = ceil(owed - now)
        self._owed[caller] = owed
        if len(self._owed) > _CALLERS_MAX:
            self._owed = {who: until for who, until in self._owed.items() if until > now}


async def spend(pool: Pool, allowance: at_most, *, route: str, subject: str, now: datetime) -> None:
    """Use up one call of an allowance, exactly over all processes; or raise `TooManyRequests`.

    It commits by itself: a request that is refused later has still been made. What is kept is a
    digest, so the table names neither persons nor addresses.
    """
    spending = _counted(allowance, route, subject)
    async with pool.connection() as connection:
        row: Any = await connection.fetchrow(
            SPEND.sql, spending.key, now, spending.interval, spending.per
        )
    spent = None if row is None else SPEND.decode(row)
    if spent is not None and spent.granted:
        return
    raise TooManyRequests(headers={"Retry-After": str(seconds_left(spending, spent, now))})


async def give_back(pool: Pool, allowance: at_most, *, route: str, subject: str) -> None:
    """Undo one `spend`, by itself: what it was for turned out not to count."""
    spending = _counted(allowance, route, subject)
    async with pool.connection() as connection:
        await connection.execute(GIVE_BACK.sql, spending.key, spending.interval)


def _counted(allowance: at_most, route: str, subject: str) -> Allowance:
    name = f"{route}\n{allowance.by}"
    return Allowance(name=name, subject=subject, n=allowance.n, per=allowance.per)


def subject_of(principal: Principal, exchange: Exchange, by: str) -> str:
    """Return whom an allowance is counted for; a caller without a name is its address."""
    if by == "client" and principal.client_id:
        return principal.client_id
    if by == "person":
        who = principal.person_id or principal.staff_id or principal.client_id
        if who:
            return str(who)
    return exchange.address
