"""Of a photo only the pixels remain, and what the camera said is told once."""

from collections.abc import Callable
from io import BytesIO

import pytest
from PIL import Image
from PIL.TiffImagePlugin import IFDRational

from backend.files.cleaner import Cleaned, Cleaner
from backend.files.samples import CAMERA_SERIAL
from tests.files.pictures import HEIC, LAT, LON, TAKEN_AT, photo, saved, two_halves


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
