"""Hostile files: refused by name, or only their pixels."""

import asyncio
import zipfile
import zlib
from collections.abc import Callable
from io import BytesIO

import pytest
from PIL import Image
from PIL.PngImagePlugin import PngInfo

from backend.files.cleaner import Cleaner
from backend.kernel import DomainError
from backend.kernel.files import PHOTO_BYTES_MAX
from tests.files.pictures import HEIC, photo, saved, two_halves


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
