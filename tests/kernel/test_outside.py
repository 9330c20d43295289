"""Calls to the outside go to the addresses that were looked at, and no further."""

import asyncio
from collections.abc import AsyncGenerator

import pytest

from backend.kernel.outside import OutOfBounds, Reach, Unreachable, ask, is_public, opened
from backend.testing.sites import Asked, Site, Told, standing

STRANGER = Reach(may_be_plain=True)
HERE = Reach(may_be_private=True, may_be_plain=True, bytes_max=2000)


def answer(asked: Asked) -> Told:
    if asked.path == "/elsewhere":
        return Told(status=302, headers={"Location": "/large"})
    if asked.path == "/large":
        return Told(body=b"x" * 2001)
    return Told(status=201, headers={"X-Said": "yes"}, body=asked.body or b"x" * 2000)


@pytest.fixture
async def site() -> AsyncGenerator[Site]:
    async with standing(answer) as found:
        yield found


async def test_what_is_answered_is_returned(site: Site) -> None:
    said = await ask(
        "POST", f"{site.url}/a?b=1", body=b"{}", headers={"Content-Type": "x/y"}, reach=HERE
    )

    assert (said.status, said.headers["x-said"], said.body) == (201, "yes", b"{}")
    (asked,) = site.asked
    assert (asked.method, asked.path, asked.body) == ("POST", "/a?b=1", b"{}")
    assert asked.headers["host"] == f"localhost:{site.port}"
    assert asked.headers["content-type"] == "x/y"


async def test_one_line_serves_for_many_questions(site: Site) -> None:
    async with opened(HERE) as outside:
        said = [await outside.ask("GET", f"{site.url}/{number}") for number in range(3)]

    assert [each.status for each in said] == [201] * 3


@pytest.mark.parametrize(
    "url",
    [
        "http://localhost:{port}/",
        "http://127.0.0.1:{port}/",
        "http://2130706433:{port}/",
        "http://[::ffff:127.0.0.1]:{port}/",
        "http://[::1]:{port}/",
        "http://0.0.0.0:{port}/",
        "http://10.0.0.1/",
        "http://169.254.169.254/latest/meta-data/",
        "http://[64:ff9b::7f00:1]/",
        "http://[2002:7f00:1::]/",
    ],
)
async def test_no_address_leads_into_our_own_network(site: Site, url: str) -> None:
    with pytest.raises(Unreachable):
        await ask("GET", url.format(port=site.port), reach=STRANGER)

    assert site.asked == []


@pytest.mark.parametrize(
    "url",
    [
        "file:///etc/passwd",
        "gopher://example.com/",
        "http://user@example.com/",
        "http://[nonsense/",
        "http://example.com:99999/",
        "http://ví-dụ.example/",
        "https://",
        "/path",
    ],
)
async def test_what_is_no_address_is_not_called(url: str) -> None:
    with pytest.raises(OutOfBounds):
        await ask("GET", url, reach=STRANGER)


async def test_nothing_goes_without_tls_unless_that_was_said(site: Site) -> None:
    with pytest.raises(OutOfBounds):
        await ask("GET", site.url, reach=Reach(may_be_private=True))

    assert site.asked == []


async def test_nobody_is_followed(site: Site) -> None:
    said = await ask("GET", f"{site.url}/elsewhere", reach=HERE)

    assert said.status == 302
    assert [asked.path for asked in site.asked] == ["/elsewhere"]


async def test_nobody_is_listened_to_without_end(site: Site) -> None:
    with pytest.raises(Unreachable, match="large") as refused:
        await ask("GET", f"{site.url}/large", reach=HERE)

    assert refused.value.was_sent


async def test_a_call_knows_whether_it_can_have_been_heard() -> None:
    hung: list[asyncio.StreamWriter] = []
    server = await asyncio.start_server(lambda _, writer: hung.append(writer), "127.0.0.1", 0)
    port = server.sockets[0].getsockname()[1]
    hasty = Reach(may_be_private=True, may_be_plain=True, seconds=0.2)

    with pytest.raises(Unreachable) as silent:
        await ask("POST", f"http://localhost:{port}/", body=b"x", reach=hasty)
    server.close()
    for writer in hung:
        writer.close()
    with pytest.raises(Unreachable) as absent:
        await ask("POST", "http://127.0.0.1:9/", body=b"x", reach=hasty)
    with pytest.raises(Unreachable) as nameless:
        await ask("POST", "https://nobody.invalid/", body=b"x", reach=Reach())

    assert silent.value.was_sent
    assert not absent.value.was_sent
    assert not nameless.value.was_sent


async def test_a_certificate_has_to_be_the_names(site: Site) -> None:
    with pytest.raises(Unreachable) as refused:
        await ask("GET", f"https://localhost:{site.port}/", reach=Reach(may_be_private=True))

    assert not refused.value.was_sent


@pytest.mark.parametrize(
    ("address", "expected"),
    [
        ("203.162.0.1", True),
        ("2001:ee0::1", True),
        ("::ffff:203.162.0.1", True),
        ("64:ff9b::203.162.0.1", True),
        ("192.168.1.1", False),
        ("100.64.0.1", False),
        ("224.0.0.1", False),
        ("fe80::1%eth0", False),
        ("fd00::1", False),
        ("::", False),
    ],
)
def test_an_address_is_public_where_everybody_reaches_it(address: str, *, expected: bool) -> None:
    assert is_public(address) is expected
