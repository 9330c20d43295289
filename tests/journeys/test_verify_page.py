"""The page that verifies, in real Chromium: a picture of a paper's code, with the server away."""

import io
import os
from collections.abc import Iterator, Sequence
from datetime import date
from pathlib import Path

import httpx
import pytest
import segno
from cryptography.hazmat.primitives.asymmetric.ec import SECP256R1, generate_private_key
from PIL import Image

from backend.host.registry import discover
from backend.kernel import Module
from backend.local.roles import DatabaseUrls
from modules.documents.model import jws, paper
from tests.identity.chromium import PROGRAM, Browser, Page, chromium
from tests.identity.test_node_clients import running

SAID = paper.CodeClaims(
    code="HB-38-26-7K3QF9TM4-X",
    kind="transcript.year",
    rev=1,
    issued_on=date(2026, 6, 12),
    content_sha256="a" * 64,
    status_uri="https://tinhs.test/v1/documents/trust/status-lists/0",
    status_idx=7,
    says={"Họ tên": "Lê Hoàng Bảo An", "Lớp": "8A", "Kết quả": "Tốt"},
)
KEY = generate_private_key(SECP256R1())
SHOWN = "!document.querySelector('#paper').hidden"


@pytest.fixture(scope="module")
def modules() -> Sequence[Module]:
    return discover(guests=())


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    if "PAGES" not in os.environ:
        pytest.skip("the page that reads codes is tried by `make pages` alone")
    if not PROGRAM.exists():
        pytest.skip(f"{PROGRAM} was absent: no paper was looked at")
    with chromium() as found:
        yield found


@pytest.fixture(scope="module")
def house(database: DatabaseUrls, browser: Browser) -> Iterator[str]:
    with running(database) as url:
        yield url


@pytest.fixture
def page(house: str, browser: Browser) -> Page:
    """The page as it came, whose keys are then ours; from now on the network is gone."""
    found = browser.stranger()
    page = httpx.get(f"{house}/verify", headers={"Accept-Language": "vi"})
    assert page.status_code == 200
    jwk, kid = jws.jwk_of(KEY.public_key()), jws.thumbprint(KEY.public_key())
    trusted = f'[{{"kid":"{kid}","kty":"EC","crv":"P-256","x":"{jwk.x}","y":"{jwk.y}"}}]'
    found.send("Page.addScriptToEvaluateOnNewDocument", source=TRUST % trusted)
    found.open(f"{house}/verify")
    found.wait_for("typeof jsQR === 'function'")
    found.send(
        "Network.emulateNetworkConditions",
        offline=True,
        latency=0,
        downloadThroughput=0,
        uploadThroughput=0,
    )
    return found


TRUST = (
    "new MutationObserver(() => { const form = document.querySelector('form[data-verify]');"
    " if (form) form.dataset.keys = %r; }).observe(document, {childList: true, subtree: true})"
)
"""Let the page trust a key of the test, before its script reads which ones it trusts."""


def photo(address: str, folder: Path) -> Path:
    """A picture of a sheet of paper with the code on it, a little askew, as a phone takes it."""
    code = io.BytesIO()
    segno.make(address, error="m", micro=False).save(code, kind="png", scale=5, border=4)
    sheet = Image.new("RGB", (1240, 1400), "#e9e4da")
    sheet.paste(Image.open(code).convert("RGB").rotate(3, expand=True, fillcolor="#fff"), (120, 90))
    file = folder / "paper.jpg"
    sheet.save(file, quality=80)
    return file


def choose(page: Page, file: Path) -> None:
    root = page.send("DOM.getDocument")["root"]["nodeId"]
    node = page.send("DOM.querySelector", nodeId=root, selector="#file")["nodeId"]
    page.send("DOM.setFileInputFiles", nodeId=node, files=[str(file)])


def test_a_genuine_code_is_read_and_told_with_the_network_off(
    page: Page, house: str, tmp_path: Path
) -> None:
    choose(page, photo(paper.signed(SAID, house, KEY), tmp_path))

    told = page.wait_for(SHOWN)

    assert "Chữ ký của mã là thật" in told
    for words in ("HB-38-26-7K3QF9TM4-X", "12/06/2026", "Lê Hoàng Bảo An", "8A"):
        assert words in told


@pytest.mark.parametrize("fault", ["another key", "another house", "altered", "hostile"])
def test_a_false_code_is_told_with_the_network_off(
    page: Page, house: str, tmp_path: Path, fault: str
) -> None:
    genuine = paper.signed(SAID, house, KEY)
    codes = {
        "another key": paper.signed(SAID, house, generate_private_key(SECP256R1())),
        "another house": paper.signed(SAID, "https://evil.example", KEY),
        "altered": genuine[:-4] + ("AAAA" if genuine[-4:] != "AAAA" else "BBBB"),
        "hostile": f"{house}/v#<img src=x onerror=alert(1)>.e30.AA",
    }
    choose(page, photo(codes[fault], tmp_path))

    told = page.wait_for(SHOWN)

    assert "Đừng tin bản giấy này" in told
    assert "Chữ ký của mã là thật" not in told
    assert "Lê Hoàng Bảo An" not in told


def test_a_picture_without_a_code_is_said_to_have_none(page: Page, tmp_path: Path) -> None:
    file = tmp_path / "wall.png"
    Image.new("RGB", (400, 300), "#888").save(file)
    choose(page, file)

    assert "Không đọc được mã QR" in page.wait_for("!document.querySelector('#unread').hidden")


@pytest.mark.parametrize("fault", ["foreign", "cut off", "nested", "a script"])
def test_a_false_file_is_told_in_one_sentence(
    house: str, browser: Browser, tmp_path: Path, fault: str
) -> None:
    foreign = io.BytesIO()
    Image.new("RGB", (400, 300), "#888").save(foreign, format="PDF")
    files = {
        "foreign": foreign.getvalue(),
        "cut off": foreign.getvalue()[:-200],
        "nested": b"%PDF-1.7\n1 0 obj " + b"[" * 100_000 + b"\nstartxref\n9\n%%EOF",
        "a script": b'{"payload": "<script>alert(1)</script>", "signatures": []}',
    }
    file = tmp_path / "paper.pdf"
    file.write_bytes(files[fault])
    page = browser.stranger()
    page.open(f"{house}/verify")
    for domain in ("Log", "Runtime"):
        page.send(f"{domain}.enable")
    choose(page, file)

    page.evaluate("here = true; document.querySelector('form[data-verify]').requestSubmit()")
    told = page.wait_for("!('here' in window) && document.querySelector('.verdict:not([hidden])')")

    assert "KHÔNG HỢP LỆ" in told or "CHƯA THỂ KẾT LUẬN" in told
    assert "Đừng" in told
    assert "CÒN HIỆU LỰC" not in told
    unasked = {"Log.entryAdded", "Runtime.consoleAPICalled", "Runtime.exceptionThrown"}
    assert [each for each in page.heard if each["method"] in unasked] == []
