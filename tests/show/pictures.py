"""`make shots`: the README's pictures, taken in Chromium from a house with the demo province."""

import base64
import functools
import io
import math
import sys
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path

import msgspec
from PIL import Image, ImageChops

from tests.identity.chromium import PROGRAM, Browser, Page, chromium
from tests.identity.test_node_clients import ROOT
from tests.show.lodging import lodged

FOLDER = ROOT / "docs" / "pictures"
COLOURS = 128
BYTES_MAX = 150_000
CHANGED_MAX = 0.005
"""Of all pixels. Two runs of the same code differ by less: in the minute of a signature, say."""


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


def changed(before: Image.Image, after: Image.Image) -> float:
    """Return which share of the pixels is not what it was."""
    if before.size != after.size:
        return 1.0
    bands = ImageChops.difference(before.convert("RGB"), after.convert("RGB")).split()
    most = functools.reduce(ImageChops.lighter, bands)
    return 1 - most.histogram()[0] / (most.width * most.height)


def take(browser: Browser, url: str, data_dir: Path, shot: Shot) -> Image.Image:
    """Take one picture."""
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
    return Image.open(io.BytesIO(base64.b64decode(taken))).convert("RGB")


def keep(picture: Image.Image, file: Path) -> float:
    """Put a picture in the place of the one before; return the share of pixels that changed.

    As long as little has, the colours stay those that it had: chosen anew for a single new digit,
    they would all be a shade lighter or darker.
    """
    if file.exists():
        with Image.open(file) as before:
            again = _painted(picture, before)
            share = changed(before, again)
        if share < CHANGED_MAX:
            again.save(file, optimize=True)
            return share
    else:
        share = 1.0
    _painted(picture, picture.quantize(COLOURS)).save(file, optimize=True)
    return share


def _painted(picture: Image.Image, like: Image.Image) -> Image.Image:
    """Return it in the colours of another: for each pixel the nearest, as Pillow's are not."""
    flat = like.getpalette("RGB") or []
    colours = list(_triples(flat))

    @functools.cache
    def nearest(pixel: tuple[int, int, int]) -> int:
        return min(range(len(colours)), key=lambda at: math.dist(colours[at], pixel))

    pixels = bytes(nearest(pixel) for pixel in _triples(picture.tobytes()))
    painted = Image.frombytes("P", picture.size, pixels)
    painted.putpalette(flat)
    return painted


def _triples(flat: Sequence[int]) -> Iterator[tuple[int, int, int]]:
    return zip(flat[::3], flat[1::3], flat[2::3], strict=True)


def main() -> None:
    if not PROGRAM.exists():
        raise SystemExit(f"{PROGRAM} is absent: no picture was taken (apt install chromium)")
    FOLDER.mkdir(exist_ok=True)
    new: list[str] = []
    with lodged(still=True) as (url, data_dir), chromium() as browser:
        for shot in SHOTS:
            file = FOLDER / f"{shot.name}.png"
            share = keep(take(browser, url, data_dir, shot), file)
            size = file.stat().st_size
            sys.stdout.write(f"{file}: {size // 1000} kB, {share:.2%} of its pixels changed\n")
            if share >= CHANGED_MAX:
                new.append(shot.name)
            if size > BYTES_MAX:
                raise SystemExit(f"{file.name} is larger than {BYTES_MAX // 1000} kB")
    sys.stdout.write(
        f"changed by {CHANGED_MAX:.1%} or more: {', '.join(new) or 'none'}\n"
        "Clock and codes are the same each time: what changed is the code's doing; look at it.\n"
    )


if __name__ == "__main__":
    main()
