"""Tests reach this machine and nothing else.

What stands outside has a stand-in, so that a test says the same everywhere, and nobody's data goes
anywhere. Whatever reaches further is refused, as on a machine without a network.
"""

import ipaddress
import sys
from typing import Any, Final

_REACHING: Final = frozenset({"socket.connect", "socket.sendto", "socket.getaddrinfo"})
_HERE: Final = frozenset({"", "localhost"})


class ReachedOut(ConnectionRefusedError):
    """A test tried to reach an address beyond this machine; the message names it."""


def stay_here() -> None:
    """Refuse every connection, datagram and look-up of a name that leads elsewhere, from now on.

    It cannot be taken back: the interpreter forgets no such hook (PEP 578).
    """
    sys.addaudithook(_refuse)


def _refuse(event: str, arguments: tuple[Any, ...]) -> None:
    if event not in _REACHING:
        return
    host = arguments[0] if event == "socket.getaddrinfo" else _host(arguments[1])
    if not _is_here(host):
        raise ReachedOut(f"{event} {host!r}: a test reaches this machine alone")


def _host(address: Any) -> Any:
    """Return the host of a socket's address; a path (AF_UNIX) has none."""
    return address[0] if isinstance(address, tuple) else None


def _is_here(host: Any) -> bool:
    name = host.decode("ascii", "replace") if isinstance(host, bytes) else host
    if name is None or name in _HERE:
        return True
    try:
        address = ipaddress.ip_address(name)
    except ValueError:
        return False
    return address.is_loopback or address.is_unspecified
