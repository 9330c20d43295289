"""Photos for demonstrations and tests, drawn on the spot: no camera, no person, no file in git."""

from datetime import datetime
from io import BytesIO
from math import cos, pi, sin
from random import Random
from typing import TYPE_CHECKING, Final

from contracts.files import SampleSubject

if TYPE_CHECKING:
    from PIL import Image, ImageDraw

_SIZE: Final = (1600, 1200)
_HORIZON: Final = 420
_MAKE, _EXIF, _GPS = 0x010F, 0x8769, 0x8825
_TAKEN_AT, _TAKEN_OFFSET, _SERIAL = 0x9003, 0x9011, 0xA431

CAMERA_SERIAL: Final = "SAMPLE-CAMERA-77310"
"""Stands in the Exif of every sample, and must stand in no copy of it."""


class Samples:
    """Draws sample photos. Construct it with the asking transaction, of which it needs nothing."""

    def __init__(self, _: object) -> None:
        pass

    def draw(self, subject: SampleSubject, *, taken_at: datetime, lat: float, lon: float) -> bytes:
        # Imported here, for only a process that draws should carry the library.
        from PIL import Image, ImageDraw, ImageFilter  # noqa: PLC0415

        picture = Image.new("RGB", _SIZE)
        pen = ImageDraw.Draw(picture)
        _SCENES[subject](pen, Random(subject))  # noqa: S311 - the same picture each time
        soft = picture.filter(ImageFilter.GaussianBlur(1.5))
        grain = Image.effect_noise(_SIZE, 24).convert("RGB")
        body = BytesIO()
        exif = _exif(taken_at, lat, lon)
        Image.blend(soft, grain, 0.08).save(body, "JPEG", quality=88, exif=exif)
        return body.getvalue()


def _exif(taken_at: datetime, lat: float, lon: float) -> "Image.Exif":
    from PIL import Image  # noqa: PLC0415

    exif = Image.Exif()
    exif[_MAKE] = "Tinhs sample"
    offset = taken_at.strftime("%z") or "+0700"
    exif.get_ifd(_EXIF).update(
        {
            _TAKEN_AT: taken_at.strftime("%Y:%m:%d %H:%M:%S"),
            _TAKEN_OFFSET: f"{offset[:3]}:{offset[3:5]}",
            _SERIAL: CAMERA_SERIAL,
        }
    )
    exif.get_ifd(_GPS).update(
        {
            1: "S" if lat < 0 else "N",
            2: _sexagesimal(abs(lat)),
            3: "W" if lon < 0 else "E",
            4: _sexagesimal(abs(lon)),
        }
    )
    return exif


def _sexagesimal(degrees: float) -> tuple[float, float, float]:
    minutes = degrees % 1 * 60
    return float(int(degrees)), float(int(minutes)), round(minutes % 1 * 60, 4)


def _road(pen: "ImageDraw.ImageDraw", random: Random, *, sky: str = "#bcd3e0") -> None:
    width, height = _SIZE
    pen.rectangle((0, 0, width, _HORIZON), fill=sky)
    pen.rectangle((0, _HORIZON, width, height), fill="#6f7f4a")
    pen.polygon([(640, _HORIZON), (960, _HORIZON), (1560, height), (40, height)], fill="#5b5b5e")
    for top in range(_HORIZON + 20, height, 130):
        half = (top - _HORIZON) // 45 + 3
        pen.polygon(
            [(800 - half, top), (800 + half, top), (803 + half, top + 70), (797 - half, top + 70)],
            fill="#d9d6c8",
        )
    for _ in range(9):  # houses along the road
        left, wide, tall = random.randrange(width), random.randrange(90, 200), random.randrange(220)
        grey = random.randrange(120, 220)
        pen.rectangle(
            (left, _HORIZON - 60 - tall, left + wide, _HORIZON + 8), fill=(grey, grey - 14, 96)
        )


def _pothole(pen: "ImageDraw.ImageDraw", random: Random) -> None:
    _road(pen, random)
    for ring, shade in enumerate(("#47464a", "#353235", "#242124", "#43526a")):
        edge = [
            (x + random.randrange(-22, 22), y + random.randrange(-10, 10))
            for x, y in _oval((880, 900), 340 - 70 * ring, 130 - 28 * ring)
        ]
        pen.polygon(edge, fill=shade)
    for _ in range(60):
        x, y, size = random.randrange(420, 1320), random.randrange(760, 1060), random.randrange(10)
        pen.ellipse((x, y, x + size, y + size // 2), fill="#77747a")


def _rubbish(pen: "ImageDraw.ImageDraw", random: Random) -> None:
    _road(pen, random)
    for _ in range(90):
        x, y = random.gauss(430, 150), random.gauss(930, 70)
        size = random.randrange(30, 120)
        corners = [(x + random.gauss(0, size), y + random.gauss(0, size * 0.6)) for _ in range(5)]
        pen.polygon(corners, fill=(random.randrange(256), random.randrange(256), 90))


def _lamp(pen: "ImageDraw.ImageDraw", random: Random) -> None:
    _road(pen, random, sky="#182033")
    pen.rectangle((1180, 130, 1204, 900), fill="#8d9094")
    pen.rectangle((1010, 130, 1200, 146), fill="#8d9094")
    pen.polygon([(1000, 140), (1090, 140), (1070, 176), (1020, 176)], fill="#3b3d42")


def _oval(centre: tuple[int, int], wide: int, tall: int) -> list[tuple[float, float]]:
    return [
        (centre[0] + wide * cos(step * pi / 16), centre[1] + tall * sin(step * pi / 16))
        for step in range(32)
    ]


_SCENES: Final = {"pothole": _pothole, "rubbish": _rubbish, "lamp": _lamp}
