"""No test reaches beyond this machine, so whatever passes here works without a network."""

import asyncio
import socket

import pytest

from backend.testing import ReachedOut

ELSEWHERE = ("203.0.113.1", 80)  # RFC 5737: nobody's


async def test_a_connection_to_elsewhere_is_refused_where_it_is_made() -> None:
    with pytest.raises(ReachedOut, match=r"203\.0\.113\.1"):
        await asyncio.open_connection(*ELSEWHERE)


def test_a_datagram_to_elsewhere_is_refused_too() -> None:
    with socket.socket(type=socket.SOCK_DGRAM) as sending, pytest.raises(ReachedOut):
        sending.sendto(b"a name", ELSEWHERE)


def test_a_name_is_not_looked_up() -> None:
    with pytest.raises(ReachedOut, match=r"somewhere\.example"):
        socket.getaddrinfo("somewhere.example", 443)


def test_this_machine_may_be_reached() -> None:
    with socket.socket() as listening:
        listening.bind(("127.0.0.1", 0))
        listening.listen()

        with socket.create_connection(listening.getsockname(), timeout=60) as reached:
            assert reached.getpeername() == listening.getsockname()
