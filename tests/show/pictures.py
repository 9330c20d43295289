"""`make shots`: the README's pictures, taken in Chromium from a house with the demo province."""

import base64
import io
import sys
from collections.abc import Callable
from pathlib import Path

import msgspec
from PIL import Image

from tests.identity.chromium import PROGRAM, Browser, Page, chromium
from tests.identity.test_node_clients import ROOT
from tests.show.lodging import lodged

FOLDER = ROOT / "docs" / "pictures"
COLOURS = 128
BYTES_MAX = 150_000


class Shot(msgspec.Struct, frozen=True, kw_only=True):
    """A picture: of which page, as whom, in which light and width."""

    name: str
    path: str
    who: str = ""
    theme: str = "light"
    width: int = 1280
    height: int = 800
    language: str = "vi"
    then: Callable[[Page, Path], None] | None = None
    """What leads on from there to what is shown."""


def choose(page: Page, file: Path) -> None:
    """Put a file into the form, as whoever drops it does."""
    root = page.send("DOM.getDocument")["root"]["nodeId"]
    node = page.send("DOM.querySelector", nodeId=root, selector="#file")["nodeId"]
    page.send("DOM.setFileInputFiles", nodeId=node, files=[str(file)])


def _verified(page: Page, data_dir: Path) -> None:
    choose(page, data_dir / "samples" / "transcript-year.pdf")
    page.evaluate("here = true; document.querySelector('form[data-verify]').submit()")
    page.wait_for("!('here' in window) && document.querySelector('.verdict:not([hidden])')")


def _first_report(page: Page, _: Path) -> None:
    page.evaluate("here = true; document.querySelector('[data-row]').click()")
    page.wait_for("!('here' in window) && document.readyState === 'complete'")


SHOTS = (
    Shot(name="start", path="/"),
    Shot(name="queue", path="/console/feedback", who="moderator"),
    Shot(
        name="report",
        path="/console/feedback?category=street-lighting",
        who="moderator",
        theme="dark",
        then=_first_report,
    ),
    Shot(name="board", path="/console/feedback/board", who="moderator"),
    Shot(name="statistics", path="/statistics", theme="dark"),
    Shot(name="map", path="/map?at=19.79,105.83&zoom=11"),
    Shot(name="verify", path="/verify", then=_verified),
    Shot(name="phone", path="/reports", width=390, height=800),
)


def take(browser: Browser, url: str, data_dir: Path, shot: Shot, folder: Path) -> int:
    """Take one picture; return its size in bytes."""
    page = browser.stranger()
    page.send(
        "Emulation.setDeviceMetricsOverride",
        width=shot.width,
        height=shot.height,
        deviceScaleFactor=1,
        mobile=False,
    )
    page.send("Network.setExtraHTTPHeaders", headers={"Accept-Language": shot.language})
    light = {"name": "prefers-color-scheme", "value": shot.theme}
    page.send("Emulation.setEmulatedMedia", features=[light])
    if shot.who:
        page.open(f"{url}/dev/login")
        page.evaluate(f"here = true; document.querySelector('button[value={shot.who}]').click()")
        page.wait_for("!('here' in window) && document.readyState === 'complete'")
    page.open(url + shot.path)
    if shot.then is not None:
        shot.then(page, data_dir)
    page.evaluate("document.fonts.ready.then(() => 0)")
    taken = page.send("Page.captureScreenshot", format="png")["data"]
    picture = Image.open(io.BytesIO(base64.b64decode(taken))).convert("RGB")
    file = folder / f"{shot.name}.png"
    picture.quantize(COLOURS, dither=Image.Dither.NONE).save(file, optimize=True)
    return file.stat().st_size


def main() -> None:
    if not PROGRAM.exists():
        raise SystemExit(f"{PROGRAM} is absent: no picture was taken (apt install chromium)")
    FOLDER.mkdir(exist_ok=True)
    with lodged() as (url, data_dir), chromium() as browser:
        for shot in SHOTS:
            size = take(browser, url, data_dir, shot, FOLDER)
            sys.stdout.write(f"{FOLDER / shot.name}.png: {size // 1000} kB\n")
            if size > BYTES_MAX:
                raise SystemExit(f"{shot.name}.png is larger than {BYTES_MAX // 1000} kB")


if __name__ == "__main__":
    main()
