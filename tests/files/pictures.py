"""Pictures to send, and what is seen in those that come back."""

from base64 import b64decode
from datetime import datetime, timedelta, timezone
from io import BytesIO
from typing import Any

from PIL import Image, ImageDraw

from backend.files.samples import Samples

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
