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
    is_question = event == "socket.getaddrinfo"
    host = _text(arguments[0]) if is_question else _host(arguments[1])
    if host is None or host in _HERE:
        return
    try:
        address = ipaddress.ip_address(host)
    except ValueError:
        is_here = False
    else:
        # Whoever asks about a number asks nobody: it is read, not looked up.
        is_here = is_question or address.is_loopback or address.is_unspecified
    if not is_here:
        raise ReachedOut(f"{event} {host!r}: a test reaches this machine alone")


def _host(address: Any) -> str | None:
    """Return the host of a socket's address; a path (AF_UNIX) has none."""
    return _text(address[0]) if isinstance(address, tuple) else None


def _text(host: Any) -> str | None:
    return host.decode("ascii", "replace") if isinstance(host, bytes) else host
