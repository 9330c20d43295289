"""Where an identity provider lies: the hosts that are called, and the description of one."""

import re
import tomllib
from pathlib import Path

import pytest

from backend.identity.outside import NamedHosts
from backend.identity.settings import Settings as SignIn
from backend.identity.upstream.settings import Upstream, described
from backend.kernel.outside import Unreachable
from tests.identity.idp import CLIENT, ISSUER, Idp
from tests.identity.upstream.rounds import TOML

ROOT = Path(__file__).parents[3]


# --- where we call ------------------------------------------------------------------------------


@pytest.fixture
def outside() -> NamedHosts:
    return NamedHosts({"localhost", "127.0.0.1", "169.254.169.254"}, is_dev=False)


@pytest.mark.parametrize(
    "url",
    [
        "https://localhost/jwks",
        "https://127.0.0.1/jwks",
        "https://169.254.169.254/latest/meta-data",
        "https://evil.example/jwks",
        "http://localhost/jwks",
        "file:///etc/passwd",
        "/jwks",
    ],
)
async def test_nothing_but_public_hosts_of_the_settings_is_called(
    outside: NamedHosts, url: str
) -> None:
    with pytest.raises(Unreachable):
        await outside.get(url)


async def test_a_host_that_does_not_answer_is_left_alone(idp: Idp) -> None:
    outside = NamedHosts({"localhost"}, is_dev=True)
    for _ in range(5):
        with pytest.raises(Unreachable):
            await outside.post("http://localhost:9/", b"", {})

    with pytest.raises(Unreachable, match="left alone"):
        await outside.get(f"{idp.url}/jwks")


# --- settings -----------------------------------------------------------------------------------

GOOD = TOML.format(url="https://sso.example", issuer=ISSUER, client=CLIENT, key="/k")


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("nonsense", "TINHS_IDENTITY_UPSTREAMS"),
        (GOOD.replace("[vneid]", "[phone]"), "phone cannot be a name"),
        (GOOD.replace("[vneid]", '["vn/eid"]'), "cannot be a name"),
        (GOOD.replace("authorize", "authorise"), "authorise"),
        (GOOD.replace("token = ", "par = "), "discovery"),
        (GOOD.replace("2 = 2", "2 = 3"), "1 or 2"),
        (GOOD.replace('claims.level = "LoaiTaiKhoan"', ""), "one key"),
        (GOOD + 'scope = "profile"', "openid"),
    ],
)
def test_a_description_that_cannot_work_is_refused_at_once(text: str, why: str) -> None:
    with pytest.raises(ValueError, match=why):
        described(text)


def test_a_way_to_sign_in_that_nobody_knows_is_refused() -> None:
    with pytest.raises(ValueError, match="nobody knows vneid"):
        SignIn(login_methods=("vneid",))


def test_the_description_in_the_guide_is_one() -> None:
    page = (ROOT / "docs" / "guide" / "an-identity-provider.md").read_text(encoding="utf-8")
    text = page.partition("```toml\n")[2].partition("```")[0]

    found = described(text)

    assert [upstream.title for upstream in found.values()] == ["VNeID"]
    rows = re.findall(r"^\| ((?:`[a-z_]+`(?:, )?)+) \|", page, re.MULTILINE)
    named = set(re.findall(r"`([a-z_]+)`", " ".join(rows))) | set(tomllib.loads(text)["vneid"])
    assert named == set(Upstream.__struct_fields__)
