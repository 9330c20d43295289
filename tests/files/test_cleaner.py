"""Pictures of strangers: what is kept of them, what is refused, and what cannot hurt us."""

import asyncio
import sys
import zipfile
import zlib
from asyncio.subprocess import PIPE
from base64 import b64decode
from collections.abc import Callable, Iterator
from datetime import datetime, timedelta, timezone
from io import BytesIO
from pathlib import Path
from textwrap import dedent
from typing import Any

import pytest
from PIL import Image, ImageDraw
from PIL.PngImagePlugin import PngInfo
from PIL.TiffImagePlugin import IFDRational

from backend.files.cleaner import CHILD, Cleaned, Cleaner, NoChild
from backend.files.samples import CAMERA_SERIAL, Samples
from backend.kernel import DomainError
from backend.kernel.files import PHOTO_BYTES_MAX, FilesBusy, FileUnreadable

VIETNAM = timezone(timedelta(hours=7))
LAT, LON = 19.8067, 105.7852
TAKEN_AT = datetime(2026, 8, 12, 7, 30, tzinfo=VIETNAM)

# 96 by 64 px, left red, right blue; taken at 19°48'24.12"N 105°47'6.72"E, serial SERIAL-8842-XYZ.
# Written by pillow-heif, which can encode what pi-heif only decodes.
HEIC = b64decode(
    "AAAAHGZ0eXBoZWljAAAAAG1pZjFoZWljbWlhZgAAAZdtZXRhAAAAAAAAACFoZGxyAAAAAAAAAABwaWN0AAAAAAAA"
    "AAAAAAAAAAAAADRpbG9jAAAAAERAAAIAAQAAAAABuwABAAAAAAAAACcAAgAAAAAB4gABAAAAAAAAAOoAAAA4aWlu"
    "ZgAAAAAAAgAAABVpbmZlAgAAAAABAABodmMxAAAAABVpbmZlAgAAAQACAABFeGlmAAAAAA5waXRtAAAAAAABAAAA"
    "1mlwcnAAAAC3aXBjbwAAAHhodmNDAQNwAAAAkAAAAAAAHvAA/P34+AAADwNgAAEAGEABDAH//wNwAAADAJAAAAMA"
    "AAMAHroCQGEAAQArQgEBA3AAAAMAkAAAAwAAAwAeoDCBBZbqSSmubgIaDAgAAAMAyAAAAwAIQGIAAQAHRAHBcrAi"
    "QAAAABNjb2xybmNseAABAA0ABoAAAAAUaXNwZQAAAAAAAABgAAAAQAAAABBwaXhpAAAAAAMICAgAAAAXaXBtYQAA"
    "AAAAAAABAAEEgQIDBAAAABppcmVmAAAAAAAAAA5jZHNjAAIAAQABAAABGW1kYXQAAAAjKAGvGYD3fIU3//Opn/TI"
    "L/g2C7T//TfHeXsH9qVIAex0r/4AAAAGRXhpZgAATU0AKgAAAAgAAwEPAAIAAAAGAAAAModpAAQAAAABAAAAOIgl"
    "AAQAAAABAAAAegAAAABQaG9uZQAAApADAAIAAAAUAAAAVqQxAAIAAAAQAAAAagAAAAAyMDI2OjA4OjEyIDA3OjMw"
    "OjAwAFNFUklBTC04ODQyLVhZWgAABAABAAIAAAACTgAAAAACAAUAAAADAAAAsAADAAIAAAACRQAAAAAEAAUAAAAD"
    "AAAAyAAAAAAAAAATAAAAAQAAADAAAAABAAACWwAAABkAAABpAAAAAQAAAC8AAAABAAAAqAAAABk="
)


@pytest.fixture(scope="module")
def cleaner() -> Iterator[Cleaner]:
    cleaner = Cleaner()
    yield cleaner
    cleaner.close()


def photo() -> bytes:
    return Samples(None).draw("pothole", taken_at=TAKEN_AT, lat=LAT, lon=LON)


def two_halves(size: tuple[int, int] = (96, 64)) -> Image.Image:
    """Red on the left, blue on the right."""
    picture = Image.new("RGB", size, "#cc3333")
    ImageDraw.Draw(picture).rectangle((size[0] // 2, 0, *size), fill="#3333cc")
    return picture


def saved(picture: Image.Image, kind: str, **options: Any) -> bytes:
    body = BytesIO()
    picture.save(body, kind, **options)
    return body.getvalue()


def shown(cleaned: Cleaned, name: str = "clean") -> Image.Image:
    (content,) = [r.content for r in cleaned.renditions if r.name == name]
    return Image.open(BytesIO(content))


def colour(picture: Image.Image, x: float, y: float) -> str:
    """Name the strongest colour at a place given in shares of width and height."""
    red, green, blue = picture.getpixel((int(x * picture.width), int(y * picture.height)))  # type: ignore[misc]
    if min(red, green, blue) > 230:
        return "white"
    return "red" if red > blue else "blue"


def segments(jpeg: bytes) -> list[int]:
    """Return the markers of a JPEG before its pixels (ITU-T T.81, B.1.1)."""
    found: list[int] = []
    at = 2
    while jpeg[at + 1] != 0xDA:
        assert jpeg[at] == 0xFF
        found.append(jpeg[at + 1])
        at += 2 + int.from_bytes(jpeg[at + 2 : at + 4])
    return found


async def test_of_a_photo_only_the_pixels_remain(cleaner: Cleaner) -> None:
    assert CAMERA_SERIAL.encode() in photo()

    cleaned = await cleaner.clean(photo())

    quantisation, frame, huffman, jfif = 0xDB, 0xC2, 0xC4, 0xE0
    for rendition in cleaned.renditions:
        assert CAMERA_SERIAL.encode() not in rendition.content
        assert b"Exif" not in rendition.content
        assert set(segments(rendition.content)) == {jfif, quantisation, frame, huffman}
    assert [(r.name, r.width, r.height) for r in cleaned.renditions] == [
        ("clean", 1600, 1200),
        ("public", 1600, 1200),
        ("thumb", 320, 240),
    ]


async def test_what_the_camera_said_is_told_once(cleaner: Cleaner) -> None:
    facts = (await cleaner.clean(photo())).facts

    assert facts.taken_at == TAKEN_AT
    assert facts.lat == pytest.approx(LAT, abs=1e-6)
    assert facts.lon == pytest.approx(LON, abs=1e-6)


@pytest.mark.parametrize(
    "gps",
    [
        {1: "N", 2: (91.0, 0.0, 0.0), 3: "E", 4: (105.0, 0.0, 0.0)},
        {1: "N", 2: (0.0, 0.0, 0.0), 3: "E", 4: (0.0, 0.0, 0.0)},
        {1: "N", 2: (19.0,), 3: "E", 4: (105.0, 0.0, 0.0)},
        {1: "N", 2: (IFDRational(0, 0),) * 3, 3: "E", 4: (105.0, 0.0, 0.0)},
        {2: (19.0, 0.0, 0.0)},
    ],
)
async def test_a_camera_that_speaks_nonsense_costs_nobody_the_photo(
    cleaner: Cleaner, gps: dict[int, object]
) -> None:
    exif = Image.Exif()
    exif.get_ifd(0x8769)[0x9003] = "0000:00:00 00:00:00"
    exif.get_ifd(0x8825).update(gps)

    facts = (await cleaner.clean(saved(two_halves(), "JPEG", exif=exif))).facts

    assert (facts.taken_at, facts.lat, facts.lon) == (None, None, None)


async def test_a_heic_photo_is_read_with_its_facts(cleaner: Cleaner) -> None:
    cleaned = await cleaner.clean(HEIC)

    assert (cleaned.media_type, cleaned.width, cleaned.height) == ("image/heic", 96, 64)
    assert cleaned.facts.lat == pytest.approx(LAT, abs=1e-6)
    assert colour(shown(cleaned), 0.25, 0.5) == "red"
    assert b"SERIAL" not in b"".join(r.content for r in cleaned.renditions)


async def test_a_photo_taken_upright_stands_upright(cleaner: Cleaner) -> None:
    exif = Image.Exif()
    exif[0x0112] = 6  # turn it a quarter to the right

    cleaned = await cleaner.clean(saved(two_halves((96, 64)), "JPEG", exif=exif))

    assert (cleaned.width, cleaned.height) == (64, 96)
    upright = shown(cleaned)
    assert upright.size == (64, 96)
    assert colour(upright, 0.5, 0.25) == "red"
    assert colour(upright, 0.5, 0.75) == "blue"


async def test_a_large_photo_is_made_smaller_and_keeps_its_proportions(cleaner: Cleaner) -> None:
    cleaned = await cleaner.clean(saved(two_halves((6000, 3000)), "PNG"))

    assert (cleaned.width, cleaned.height) == (6000, 3000)
    assert [shown(cleaned, name).size for name in ("clean", "public", "thumb")] == [
        (2560, 1280),
        (1600, 800),
        (320, 160),
    ]
    assert colour(shown(cleaned), 0.1, 0.99) == "red"
    assert colour(shown(cleaned), 0.9, 0.01) == "blue"


async def test_a_picture_of_one_pixel_is_a_picture(cleaner: Cleaner) -> None:
    cleaned = await cleaner.clean(saved(Image.new("RGB", (1, 1), "red"), "PNG"))

    assert shown(cleaned).size == (1, 1)


def clear_palette() -> bytes:
    picture = two_halves().quantize(4)
    clear = picture.getpixel((90, 32))
    return saved(picture, "PNG", transparency=clear)


def clear_half() -> bytes:
    picture = two_halves().convert("RGBA")
    picture.paste((0, 0, 0, 0), (48, 0, 96, 64))
    return saved(picture, "WEBP", lossless=True)


@pytest.mark.parametrize(
    ("content", "right"),
    [
        (lambda: saved(two_halves().convert("CMYK"), "JPEG"), "blue"),
        (clear_palette, "white"),
        (clear_half, "white"),
        (lambda: saved(two_halves(), "WEBP"), "blue"),
        (lambda: saved(two_halves(), "JPEG", progressive=True), "blue"),
    ],
    ids=["cmyk", "palette", "alpha", "webp", "progressive"],
)
async def test_every_way_to_write_a_picture_shows_the_same(
    cleaner: Cleaner, content: Callable[[], bytes], right: str
) -> None:
    picture = shown(await cleaner.clean(content()))

    assert colour(picture, 0.2, 0.5) == "red"
    assert colour(picture, 0.8, 0.5) == right


async def test_sixteen_bits_of_grey_become_eight(cleaner: Cleaner) -> None:
    grey = Image.new("I;16", (64, 64), 0x8080)

    picture = shown(await cleaner.clean(saved(grey, "PNG")))

    assert picture.getpixel((32, 32)) == pytest.approx((0x80, 0x80, 0x80), abs=1)


async def test_the_second_picture_in_a_phones_photo_is_left_out(cleaner: Cleaner) -> None:
    depth = Image.new("RGB", (96, 64), "white")
    photo = saved(two_halves(), "MPO", save_all=True, append_images=[depth])

    cleaned = await cleaner.clean(photo)

    assert cleaned.media_type == "image/jpeg"
    assert colour(shown(cleaned), 0.25, 0.5) == "red"


def with_comment() -> bytes:
    return saved(two_halves(), "JPEG", comment=b"<script>alert(document.cookie)</script>")


def with_archive() -> bytes:
    body = BytesIO(saved(two_halves(), "JPEG"))
    with zipfile.ZipFile(body, "a") as archive:
        archive.writestr("payload.html", "<script>steal()</script>")
    return body.getvalue()


def with_text() -> bytes:
    text = PngInfo()
    text.add_itxt("Comment", "<script>steal()</script>", zip=True)
    text.add_text("XML:com.adobe.xmp", "<x:xmpmeta>SERIAL-8842</x:xmpmeta>")
    return saved(two_halves(), "PNG", pnginfo=text)


@pytest.mark.parametrize("stuffed", [with_comment, with_archive, with_text])
async def test_what_was_hidden_in_a_picture_is_gone(
    cleaner: Cleaner, stuffed: Callable[[], bytes]
) -> None:
    cleaned = await cleaner.clean(stuffed())

    everything = b"".join(rendition.content for rendition in cleaned.renditions)
    assert not any(word in everything for word in (b"script", b"PK\x03\x04", b"SERIAL", b"xmp"))


def png_of(width: int, height: int) -> bytes:
    """Write a black PNG of one bit a pixel without ever holding its pixels."""

    def chunk(name: bytes, content: bytes) -> bytes:
        checksum = zlib.crc32(name + content)
        return len(content).to_bytes(4) + name + content + checksum.to_bytes(4)

    packer = zlib.compressobj(9)
    row = bytes(1 + -(-width // 8))
    pixels = b"".join(packer.compress(row) for _ in range(height)) + packer.flush()
    header = width.to_bytes(4) + height.to_bytes(4) + bytes([1, 0, 0, 0, 0])
    return (
        b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header) + chunk(b"IDAT", pixels) + chunk(b"IEND", b"")
    )


def moving(kind: str) -> bytes:
    return saved(two_halves(), kind, save_all=True, append_images=[Image.new("RGB", (96, 64))])


def cut(content: bytes) -> bytes:
    return content[: len(content) * 2 // 3]


def avif() -> bytes:
    brands = b"ftypavif\0\0\0\0avifmif1miaf"
    return (4 + len(brands)).to_bytes(4) + brands + bytes(200)


HOSTILE: dict[str, tuple[Callable[[], bytes], str]] = {
    "bomb": (lambda: png_of(50_000, 50_000), "image-too-large"),
    "needle": (lambda: png_of(1, 1_000_000), "image-too-large"),
    "thread": (lambda: png_of(1_000_000, 1), "image-too-large"),
    "just over": (lambda: png_of(7_100, 7_100), "image-too-large"),
    "truncated jpeg": (lambda: cut(saved(two_halves((800, 600)), "JPEG")), "unreadable"),
    "truncated png": (lambda: cut(saved(two_halves((800, 600)), "PNG")), "unreadable"),
    "truncated webp": (lambda: cut(saved(two_halves((800, 600)), "WEBP")), "unreadable"),
    "truncated heic": (lambda: HEIC[:-60], "unreadable"),
    "only magic": (lambda: b"\xff\xd8\xff", "unreadable"),
    "animated png": (lambda: moving("PNG"), "animated"),
    "animated webp": (lambda: moving("WEBP"), "animated"),
    "gif": (lambda: saved(two_halves(), "GIF"), "type-not-allowed"),
    "tiff": (lambda: saved(two_halves(), "TIFF"), "type-not-allowed"),
    "avif": (avif, "type-not-allowed"),
    "html": (lambda: b"<!doctype html><script>steal()</script>", "type-not-allowed"),
    "svg": (lambda: b"<svg xmlns='http://www.w3.org/2000/svg' onload='x()'/>", "type-not-allowed"),
    "program": (lambda: b"MZ\x90\0\3" + bytes(400), "type-not-allowed"),
    "pdf": (lambda: b"%PDF-1.7\n" + bytes(400), "type-not-allowed"),
    "empty": (lambda: b"", "type-not-allowed"),
    "too many bytes": (lambda: b"\xff\xd8\xff" + bytes(PHOTO_BYTES_MAX), "too-large"),
}


@pytest.mark.parametrize("name", HOSTILE)
async def test_a_hostile_file_is_refused_by_its_name(cleaner: Cleaner, name: str) -> None:
    build, reason = HOSTILE[name]
    content = build()

    with pytest.raises(DomainError) as refused:
        async with asyncio.timeout(5):
            await cleaner.clean(content)

    assert refused.value.slug == f"files/{reason}"


async def test_the_bomb_of_the_specification_is_as_small_as_it_says() -> None:
    assert 300_000 < len(png_of(50_000, 50_000)) < 310_000


async def test_after_everything_hostile_an_honest_photo_is_taken(cleaner: Cleaner) -> None:
    await asyncio.gather(
        *(cleaner.clean(build()) for build, _ in HOSTILE.values()), return_exceptions=True
    )

    assert (await cleaner.clean(photo())).width == 1600


async def test_photos_sent_together_are_cleaned_side_by_side(cleaner: Cleaner) -> None:
    sent = [saved(two_halves((100 + n, 100)), "PNG") for n in range(12)]

    cleaned = await asyncio.gather(*map(cleaner.clean, sent))

    assert [each.width for each in cleaned] == [100 + n for n in range(12)]


HANGS = "sys.stdin.buffer.read()"


def stand_in(folder: Path, body: str) -> tuple[str, ...]:
    """Write a process that starts like ours, under the same limits, and then goes wrong."""
    script = folder / "child.py"
    opening = f"""
        import os, runpy, socket, sys
        runpy.run_path({CHILD[-1]!r})["confine"]()
        sys.stdout.buffer.write(b"R")
        sys.stdout.buffer.flush()
        size = int.from_bytes(sys.stdin.buffer.read(4))
        content = sys.stdin.buffer.read(size)
    """
    script.write_text(dedent(opening) + dedent(body))
    return (*CHILD[:-1], str(script))


@pytest.mark.parametrize(
    "body",
    [
        HANGS,
        "while True: pass",
        "eaten = [bytearray(64 << 20) for _ in range(64)]",
        "sys.stdout.buffer.write(bytes(4))",
        "sys.stdout.buffer.write((99).to_bytes(4) + b'{')",
        "sys.stdout.buffer.write((2).to_bytes(4) + b'{}')",
        "sys.stdout.buffer.write(b'\\xff' * 70000)",
        "import os; os.abort()",
    ],
    ids=["hangs", "spins", "eats", "empty", "short", "nothing", "babbles", "dies"],
)
async def test_a_child_that_goes_wrong_costs_one_photo_and_nothing_else(
    tmp_path: Path, body: str
) -> None:
    cleaner = Cleaner(command=stand_in(tmp_path, body), seconds_max=1)

    async with asyncio.timeout(10):
        first, second = await asyncio.gather(
            cleaner.clean(photo()), cleaner.clean(photo()), return_exceptions=True
        )

    assert isinstance(first, FileUnreadable)
    assert isinstance(second, FileUnreadable)
    cleaner.close()


ESCAPES = {
    "a file": 'open("/dev/shm/written-by-a-decoder", "wb").write(b"x")',
    "a secret": 'open("/etc/hostname").read()',
    "the network": 'socket.socket().connect(("127.0.0.1", 9))',
    "a program": 'os.execv("/bin/true", ["true"])',
    "a twin": "os.fork()",
    "a neighbour": "os.kill(os.getppid(), 0)",
    "the machine": "bytearray(2 << 30)",
}


@pytest.mark.skipif(sys.platform != "linux", reason="only Linux can close the kernel to a process")
async def test_what_breaks_out_of_a_decoder_reaches_nothing(tmp_path: Path) -> None:
    tries = "".join(
        f"""
try:
    {attempt}
    print({what!r}, end=";")
except (OSError, MemoryError):
    pass
"""
        for what, attempt in ESCAPES.items()
    )
    command = stand_in(tmp_path, f"{tries}\nprint('tried all', end='', flush=True)\n")
    child = await asyncio.create_subprocess_exec(*command, stdin=PIPE, stdout=PIPE, stderr=PIPE)

    said, complaint = await child.communicate(bytes(4))

    assert (said, complaint) == (b"Rtried all", b"")


async def test_who_waits_too_long_is_asked_to_come_again(tmp_path: Path) -> None:
    cleaner = Cleaner(
        command=stand_in(tmp_path, "sys.stdin.buffer.read()"),
        children=1,
        wait_seconds=0.2,
        seconds_max=1,
    )

    first, second = await asyncio.gather(
        cleaner.clean(photo()), cleaner.clean(photo()), return_exceptions=True
    )

    assert isinstance(first, FileUnreadable)
    assert isinstance(second, FilesBusy)
    assert second.headers["Retry-After"] == "5"
    cleaner.close()


async def test_a_caller_that_goes_away_does_not_free_a_turn_still_taken(tmp_path: Path) -> None:
    cleaner = Cleaner(
        command=stand_in(tmp_path, "sys.stdin.buffer.read()"),
        children=1,
        wait_seconds=0.2,
        seconds_max=1,
    )
    gone = asyncio.create_task(cleaner.clean(photo()))
    await asyncio.sleep(0.1)

    gone.cancel()

    with pytest.raises(FilesBusy):
        await cleaner.clean(photo())
    with pytest.raises(asyncio.CancelledError):
        await gone
    cleaner.close()


async def test_a_child_is_replaced_after_its_share_of_pictures() -> None:
    cleaner = Cleaner(items_max=2, children=1)

    for _ in range(5):
        assert (await cleaner.clean(saved(two_halves(), "PNG"))).width == 96

    cleaner.close()


async def test_a_decoder_that_cannot_start_is_our_fault_and_not_the_pictures() -> None:
    cleaner = Cleaner(command=(sys.executable, "-c", "raise SystemExit(1)"))

    with pytest.raises(NoChild):
        await cleaner.clean(photo())
    cleaner.close()
